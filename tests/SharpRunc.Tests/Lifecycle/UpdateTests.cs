using System.IO;
using System.Text.Json.Nodes;
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
        if (!Directory.Exists("/sys/fs/cgroup/memory"))
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

    [TestCase(false)]
    [TestCase(true)]
    public void Resources_come_from_a_file_or_from_standard_input(bool input)
    {
        string file = Path.Combine(runtime.Work, "resources.json");
        // Devices are passed over: this one would let nothing through.
        File.WriteAllText(file, """{ "devices": [{ "allow": false, "access": "rwm" }], "memory": { "limit": 41943040 }, "cpu": { "shares": 700 }, "pids": { "limit": 7 } }""");
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
        runtime.Run("update", "--memory", "32m", "--cpuset-cpus", "0-1", "--cpu-idle", "1", "--pids-limit", "5", "--cpuset-mems", "63", id).ExpectError("cpuset.mems");
        runtime.Run("update", "--memory", "32m", "--pids-limit", "5", "--cpuset-cpus", "0-1", "--cpu-quota", "500000", "--cpu-burst", "500000", "--cpu-period", "2000000", id).ExpectError("cpu.cfs_");
        Holds("memory", "memory.limit_in_bytes", "50331648");
        Holds("memory", "memory.memsw.limit_in_bytes", "134217728");
        Holds("cpuset", "cpuset.cpus", "0");
        Holds("pids", "pids.max", "100");
        Holds("cpu", "cpu.cfs_quota_us", "50000");
        Holds("cpu", "cpu.cfs_burst_us", "0");
        Holds("cpu", "cpu.idle", "0");
        Assert.That(Stored, Is.EqualTo(before));
    }

    [TestCase("invalid value for memory: \"much\"", "--memory", "much")]
    [TestCase("invalid value for cpu-period: \"-1\"", "--cpu-period", "-1")]
    [TestCase("invalid value for blkio-weight: \"70000\"", "--blkio-weight", "70000")]
    [TestCase("/blockIO/weight: expected an integer from 10 to 1000; got 5", "--blkio-weight", "5")]
    [TestCase("/cpu/idle: expected 0 or 1; got 2", "--cpu-idle", "2")]
    [TestCase("/cpu/cpus: expected a list", "--cpuset-cpus", "all")]
    [TestCase("/pids/limit: expected -1 (no limit) or more; got -2", "--pids-limit", "-2")]
    [TestCase("memory+swap limit should be >= memory limit", "--memory", "256m")]
    [TestCase("updating a non-existent Intel RDT configuration is not supported", "--l3-cache-schema", "L3:0=f")]
    [TestCase("updating a non-existent Intel RDT configuration is not supported", "--mem-bw-schema", "MB:0=20")]
    [TestCase("no such file or directory", "--resources", "/nothing")]
    public void Bad_values_are_refused(string message, params string[] flags)
    {
        runtime.Run(["update", .. flags, id]).ExpectError(message);
        Assert.That(File.Exists(Path.Combine(runtime.Root, id, "resources.json")), Is.False);
        Holds("memory", "memory.limit_in_bytes", "67108864");
    }

    [Test]
    public void Bad_json_is_told_with_its_place()
    {
        string file = Path.Combine(runtime.Work, "resources.json");
        File.WriteAllText(file, """{ "memory": { "limit": "1g" } }""");
        runtime.Run("update", "--resources", file, id).ExpectError("resources.json:1:24: /memory/limit: expected an integer");
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
