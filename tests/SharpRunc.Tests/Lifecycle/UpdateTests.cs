using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>On a machine with v1 controllers.</summary>
internal sealed class UpdateTests
{
    private Runtime runtime = null!;

    private string id = "";

    private string name = "";

    [SetUp]
    public void StartContainer()
    {
        runtime = Runtime.Create();
        if (!Support.Cgroups.Has("memory"))
            Assert.Ignore("needs v1 controllers");
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["resources"] = JsonNode.Parse("""
            { "devices": [{ "allow": false, "access": "rwm" }], "memory": { "limit": 67108864, "swap": 134217728, "reservation": 33554432 },
              "cpu": { "shares": 512, "quota": 50000, "period": 100000, "cpus": "0" }, "pids": { "limit": 100 } }
            """);
        id = Runtime.NewId();
        name = (string)bundle.Linux["cgroupsPath"]!;
        runtime.StartContainer(id, bundle);
    }

    [TearDown]
    public void Leave() => runtime?.Dispose();

    private string Read(string controller, string file) => File.ReadAllText($"/sys/fs/cgroup/{controller}{name}/{file}").TrimEnd();

    private void Holds(string controller, string file, string value) => Assert.That(Read(controller, file), Is.EqualTo(value), file);

    private string Stored => File.ReadAllText(Path.Combine(runtime.Root, id, "resources.json"));

    [Test]
    public void An_idle_group_takes_shares_again_and_every_other_update()
    {
        if (!File.Exists($"/sys/fs/cgroup/cpu{name}/cpu.idle"))
            Assert.Ignore("this kernel has no idle groups");
        // As somebody else may: ours remembers shares of 512, which an idle group refuses.
        File.WriteAllText($"/sys/fs/cgroup/cpu{name}/cpu.idle", "1");
        runtime.Run("update", "--memory", "48m", id).Expect(0);
        Holds("cpu", "cpu.idle", "1");
        runtime.Run("update", "--cpu-share", "200", id).Expect(0);
        Holds("cpu", "cpu.idle", "0");
        Holds("cpu", "cpu.shares", "200");
        runtime.Run("update", "--cpu-idle", "1", id).Expect(0);
        runtime.Run("update", "--cpu-idle", "1", "--cpu-share", "300", id).Expect(0);
        Holds("cpu", "cpu.idle", "1");
        runtime.Run("update", "--cpu-share", "400", "--cpu-idle", "0", id).Expect(0);
        Holds("cpu", "cpu.idle", "0");
        Holds("cpu", "cpu.shares", "400");
    }

    [TestCase("memory", "memory.limit_in_bytes", "50331648", "--memory", "48m")]
    [TestCase("memory", "memory.memsw.limit_in_bytes", "201326592", "--memory-swap", "192m")]
    [TestCase("memory", "memory.soft_limit_in_bytes", "1048576", "--memory-reservation", "1M")]
    [TestCase("cpu", "cpu.shares", "300", "--cpu-share", "300")]
    [TestCase("cpu", "cpu.cfs_quota_us", "70000", "--cpu-quota", "70000")]
    [TestCase("cpu", "cpu.cfs_quota_us", "-1", "--cpu-quota=-1")]
    [TestCase("cpu", "cpu.cfs_period_us", "200000", "--cpu-period", "200000")]
    [TestCase("cpu", "cpu.cfs_burst_us", "10000", "--cpu-burst", "10000")]
    [TestCase("cpu", "cpu.idle", "1", "--cpu-idle", "1")]
    [TestCase("cpuset", "cpuset.cpus", "0-1", "--cpuset-cpus", "0-1")]
    [TestCase("cpuset", "cpuset.mems", "0", "--cpuset-mems", "0")]
    [TestCase("pids", "pids.max", "20", "--pids-limit", "20")]
    [TestCase("pids", "pids.max", "max", "--pids-limit", "-1")]
    [TestCase("pids", "pids.max", "0", "--pids-limit", "0")]
    [TestCase("blkio", "blkio.bfq.weight", "400", "--blkio-weight", "400")]
    public void A_flag_changes_its_limit(string controller, string file, string value, params string[] flags)
    {
        Result result = runtime.Run(["update", .. flags, id]).Expect(0);
        Assert.That((result.Output, result.Errors), Is.EqualTo(("", "")));
        Holds(controller, file, value);
        if (flags[0] is not "--memory")
            Holds("memory", "memory.limit_in_bytes", "67108864");
        if (flags[0] is not "--pids-limit")
            Holds("pids", "pids.max", "100");
    }

    [Test]
    public void Memory_without_limit_lifts_that_of_swap_too()
    {
        runtime.Run("update", "--memory", "-1", id).Expect(0);
        Holds("memory", "memory.limit_in_bytes", "9223372036854771712");
        Holds("memory", "memory.memsw.limit_in_bytes", "9223372036854771712");
    }

    // From 64 and 128 MB: neither limit may ever be above that of both together.
    [TestCase("256m", "512m")]
    [TestCase("128m", "128m")]
    [TestCase("32m", "48m")]
    [TestCase("8m", "8m")]
    public void Memory_and_that_with_swap_are_raised_or_lowered_in_one_call(string memory, string swap)
    {
        runtime.Run("update", "--memory", memory, "--memory-swap", swap, id).Expect(0);
        Holds("memory", "memory.limit_in_bytes", $"{long.Parse(memory[..^1], CultureInfo.InvariantCulture) << 20}");
        Holds("memory", "memory.memsw.limit_in_bytes", $"{long.Parse(swap[..^1], CultureInfo.InvariantCulture) << 20}");
    }

    [Test]
    public void A_memory_limit_below_what_is_used_is_refused_with_the_usage_and_changes_nothing([Values] bool paused)
    {
        if (File.ReadAllLines("/proc/swaps").Length > 1)
            Assert.Ignore("there is swap space to push the pages to");
        Bundle bundle = runtime.NewBundle("sh", "-c", "x=$(head -c 30000000 /dev/zero | tr '\\0' x); touch /full; sleep 1000; true");
        bundle.Linux["resources"] = JsonNode.Parse("""{ "memory": { "limit": 134217728, "swap": 134217728 }, "pids": { "limit": 100 } }""");
        string user = Runtime.NewId();
        name = (string)bundle.Linux["cgroupsPath"]!;
        runtime.StartContainer(user, bundle);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(Path.Combine(bundle.Rootfs, "full")), 20_000));
        if (paused)
            runtime.Run("pause", user).Expect(0);
        Result refused = runtime.Run("update", "--memory", "1m", "--memory-swap", "2m", "--pids-limit", "5", user)
            .ExpectError("unable to set memory limit to 1048576 (current usage: 3");
        Assert.That(refused.Errors, Does.Not.Contain("restoring the previous limits"));
        Holds("memory", "memory.limit_in_bytes", "134217728");
        Holds("memory", "memory.memsw.limit_in_bytes", "134217728");
        Holds("pids", "pids.max", "100");
        Assert.That(File.Exists(Path.Combine(runtime.Root, user, "resources.json")), Is.False);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Resources_come_from_a_file_or_from_standard_input(bool input)
    {
        string file = Path.Combine(runtime.Work, "resources.json");
        // Devices are passed over: this one would let nothing through.
        File.WriteAllText(file,
            """{ "devices": [{ "allow": false, "access": "rwm" }], "memory": { "limit": 41943040 }, "cpu": { "shares": 700 }, "pids": { "limit": 7 } }""");
        string devices = Read("devices", "devices.list");
        if (input)
            runtime.Execute(["/bin/sh", "-c", $"{string.Join(' ', runtime.Command("update", "--resources", "-", id))} <{file}"]).Expect(0);
        else
            runtime.Run("update", "-r", file, id).Expect(0);
        Holds("memory", "memory.limit_in_bytes", "41943040");
        Holds("cpu", "cpu.shares", "700");
        Holds("cpu", "cpu.cfs_quota_us", "50000");
        Holds("pids", "pids.max", "7");
        Holds("devices", "devices.list", devices);
    }

    [Test]
    public void With_a_file_the_other_flags_are_ignored_with_a_warning()
    {
        string file = Path.Combine(runtime.Work, "resources.json");
        File.WriteAllText(file, """{ "pids": { "limit": 7 } }""");
        Result result = runtime.Run("update", "--resources", file, "--memory", "48m", id).Expect(0);
        Assert.That(result.Errors, Does.Contain("level=warning").And.Contain("--memory is ignored"));
        Holds("memory", "memory.limit_in_bytes", "67108864");
        Holds("pids", "pids.max", "7");
    }

    [Test]
    public void Updates_are_remembered()
    {
        runtime.Run("update", "--memory", "48m", id).Expect(0);
        runtime.Run("update", "--cpu-share", "300", id).Expect(0);
        Assert.That(Stored, Does.Contain("\"limit\":50331648").And.Contain("\"shares\":300").And.Contain("\"quota\":50000"));
        Holds("memory", "memory.limit_in_bytes", "50331648");
        runtime.Run("kill", id, "KILL").Expect(0);
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(Path.Combine(runtime.Root, id)), Is.False);
    }

    [Test]
    public void A_refused_update_changes_nothing_not_even_a_part()
    {
        runtime.Run("update", "--memory", "48m", id).Expect(0);
        string before = Stored;
        // Memory is written before the weight, CPU sets before both.
        runtime.Run("update", "--memory", "32m", "--cpuset-cpus", "0-1", "--cpu-idle", "1", "--pids-limit", "5", "--cpuset-mems", "63", id)
            .ExpectError("cpuset.mems");
        runtime.Run("update", "--memory", "32m", "--pids-limit", "5", "--cpuset-cpus", "0-1", "--cpu-quota", "500000", "--cpu-burst",
            "500000", "--cpu-period", "2000000", id).ExpectError("cpu.cfs_");
        Holds("memory", "memory.limit_in_bytes", "50331648");
        Holds("memory", "memory.memsw.limit_in_bytes", "134217728");
        Holds("cpuset", "cpuset.cpus", "0");
        Holds("pids", "pids.max", "100");
        Holds("cpu", "cpu.cfs_quota_us", "50000");
        Holds("cpu", "cpu.cfs_burst_us", "0");
        Holds("cpu", "cpu.idle", "0");
        Assert.That(Stored, Is.EqualTo(before));
    }

    /// <summary>Of what it had: nothing, or a limit that it was given before.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void A_refused_update_takes_back_what_it_did_to_single_devices(bool limited)
    {
        string disk = Disk();
        if (limited)
            Update($$"""{ "blockIO": { "throttleReadBpsDevice": [{{Throttle(disk, 2097152)}}] } }""").Expect(0);
        string before = limited ? disk + " 2097152" : "", weight = Read("blkio", "blkio.bfq.weight");
        // 4095:1 is no device of this machine.
        Result refused = Update($$"""
            { "memory": { "disableOOMKiller": true }, "cpu": { "idle": 1 }, "blockIO": { "weight": 300, "throttleReadBpsDevice": [{{Throttle(disk, 1048576)}}],
              "throttleWriteBpsDevice": [{{Throttle(disk, 3145728)}}], "throttleReadIOPSDevice": [{{Throttle(disk, 100)}}, {{Throttle("4095:1", 100)}}] } }
            """).ExpectError("blkio.throttle.read_iops_device");
        Assert.That(refused.Errors, Does.Not.Contain("restoring the previous limits"));
        Holds("blkio", "blkio.throttle.read_bps_device", before);
        Holds("blkio", "blkio.throttle.write_bps_device", "");
        Holds("blkio", "blkio.throttle.read_iops_device", "");
        Holds("blkio", "blkio.bfq.weight", weight);
        Holds("cpu", "cpu.shares", "512"); // an idle group has other ones
        Assert.That(Read("memory", "memory.oom_control"), Does.StartWith("oom_kill_disable 0\n"));
    }

    [Test]
    public void A_refused_update_leaves_what_others_have_set_meanwhile()
    {
        File.WriteAllText($"/sys/fs/cgroup/cpu{name}/cpu.shares", "700");
        File.WriteAllText($"/sys/fs/cgroup/pids{name}/pids.max", "77");
        runtime.Run("update", "--cpu-share", "300", "--cpuset-mems", "63", id).ExpectError("cpuset.mems");
        runtime.Run("update", "--cpu-share", "300", "--memory", "4096", id).ExpectError("unable to set memory limit to 4096");
        Holds("cpu", "cpu.shares", "700");
        Holds("pids", "pids.max", "77");
    }

    private Result Update(string resources)
    {
        string file = Path.Combine(runtime.Work, "resources.json");
        File.WriteAllText(file, resources);
        return runtime.Run("update", "--resources", file, id);
    }

    private static string Throttle(string device, long rate)
    {
        string[] numbers = device.Split(':');
        return $$"""{ "major": {{numbers[0]}}, "minor": {{numbers[1]}}, "rate": {{rate}} }""";
    }

    /// <summary>The number of some block device of this machine; skips the test where it has none.</summary>
    private static string Disk()
    {
        foreach (string device in Directory.GetDirectories("/sys/class/block"))
            if (!File.Exists(Path.Combine(device, "partition")))
                return File.ReadAllText(Path.Combine(device, "dev")).TrimEnd();
        Assert.Ignore("this machine has no block device");
        return "";
    }

    [TestCase("invalid value for memory: \"much\": expected a number of bytes, or one followed by k, m, g, t or p; -1 is no "
        + "limit", "--memory", "much")]
    [TestCase("invalid value for cpu-period: \"-1\": expected a whole number from 0", "--cpu-period", "-1")]
    [TestCase("invalid value for blkio-weight: \"70000\": expected a whole number from 1 to 1000", "--blkio-weight", "70000")]
    [TestCase("invalid argument (allowed: -1, or at least 1000 microseconds", "--cpu-quota", "5")]
    [TestCase("(allowed: CPUs of the cgroup above; this machine's are 0", "--cpuset-cpus", "8191")]
    [TestCase("/blockIO/weight: expected an integer from 1 to 1000; got 1001", "--blkio-weight", "1001")]
    [TestCase("/cpu/idle: expected 0 or 1; got 2", "--cpu-idle", "2")]
    [TestCase("/cpu/cpus: expected a list", "--cpuset-cpus", "some")]
    [TestCase("/pids/limit: expected -1 (no limit) or more; got -2", "--pids-limit", "-2")]
    [TestCase("memory+swap limit should be >= memory limit", "--memory", "256m")]
    [TestCase("updating a non-existent Intel RDT configuration is not supported", "--l3-cache-schema", "L3:0=f")]
    [TestCase("updating a non-existent Intel RDT configuration is not supported", "--mem-bw-schema", "MB:0=20")]
    [TestCase("cannot read --resources: openat /nothing: no such file or directory", "--resources", "/nothing")]
    public void Bad_values_are_refused(string message, params string[] flags)
    {
        runtime.Run(["update", .. flags, id]).ExpectError(message);
        Assert.That(File.Exists(Path.Combine(runtime.Root, id, "resources.json")), Is.False);
        Holds("memory", "memory.limit_in_bytes", "67108864");
    }

    [Test]
    public void Bad_json_is_told_with_its_place()
    {
        string file = Path.Combine(runtime.Work, "mine.json");
        File.WriteAllText(file, """{ "memory": { "limit": "1g" } }""");
        runtime.Run("update", "--resources", file, id).ExpectError(file + ":1:24: /memory/limit: expected an integer");
        runtime.Execute(["/bin/sh", "-c", "\"$@\" <" + file, "-", .. runtime.Command("update", "--resources", "-", id)])
            .ExpectError("stdin:1:24: /memory/limit: expected an integer");
    }

    [TestCase("""{"linux":{"resources":{"memory":{"limit":1}}}}""", "/linux")]
    [TestCase("""{"memori":{"limit":1}}""", "/memori")]
    [TestCase("""{"memory":{"limitt":1}}""", "/memory/limitt")]
    [TestCase("{}", null)]
    [TestCase("""{"pids":{"limit":100},"new":1}""", null)]
    public void Resources_of_which_nothing_is_known_are_a_warning(string json, string? unknown)
    {
        string file = Path.Combine(runtime.Work, "mine.json");
        File.WriteAllText(file, json);
        Assert.That(runtime.Run("update", "--resources", file, id).Expect(0).Errors,
            unknown is null ? Is.Empty : Does.Contain("unknown to update: ").And.Contain(unknown));
        Holds("memory", "memory.limit_in_bytes", "67108864");
    }

    [Test]
    public void Obsolete_flags_are_accepted_with_a_warning()
    {
        Result result = runtime.Run("update", "--kernel-memory", "1m", "--pids-limit", "8", id).Expect(0);
        Assert.That(result.Errors, Does.Contain("level=warning"));
        Holds("pids", "pids.max", "8");
    }

    [Test]
    public void Paused_and_created_containers_are_updated_and_stopped_ones_are_not()
    {
        runtime.Run("pause", id).Expect(0);
        runtime.Run("update", "--pids-limit", "9", id).Expect(0);
        Holds("pids", "pids.max", "9");
        Assert.That(runtime.Status(id), Is.EqualTo("paused"));
        string created = Runtime.NewId();
        runtime.CreateContainer(created, runtime.NewBundle("true"));
        runtime.Run("update", "--memory", "32m", created).Expect(0);
        runtime.Run("resume", id).Expect(0);
        int pid = runtime.Pid(id);
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("update", "--pids-limit", "9", id).ExpectError("container not running");
        runtime.Run("update", "--pids-limit", "9", "nothing").ExpectError("container does not exist");
    }
}
