using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>Which CPUs and which cgroup an exec's process gets.</summary>
internal sealed class ExecPlaceTests
{
    private const string Allowed = "grep ^Cpus_allowed_list /proc/self/status | cut -f2";

    [TestCase(null, null, true)]
    [TestCase("0", null, false)]
    [TestCase("0", "1", false)]
    [TestCase(null, "1", false)]
    public void The_CPU_affinity_is_what_the_process_says(string? initial, string? final, bool all)
    {
        if (System.Environment.ProcessorCount < 2)
            Assert.Ignore("one CPU only");
        using Runtime runtime = Runtime.Create();
        string id = Started(runtime, out _), file = Path.Combine(runtime.Work, "process.json");
        JsonObject affinity = [];
        if (initial is not null)
            affinity["initial"] = initial;
        if (final is not null)
            affinity["final"] = final;
        JsonObject process = new() { ["args"] = new JsonArray("sh", "-c", Allowed), ["cwd"] = "/", ["env"] = new JsonArray("PATH=/bin") };
        if (affinity.Count > 0)
            process["execCPUAffinity"] = affinity;
        File.WriteAllText(file, process.ToJsonString());
        // What the caller is pinned to is not passed on, unless the kernel is to decide.
        string[] pinned = ["/usr/bin/taskset", "-c", "0", .. runtime.Command("exec", "--process", file, id)];
        string seen = runtime.Execute(pinned).Expect(0).Output.Trim();
        string online = File.ReadAllText("/sys/devices/system/cpu/online").Trim();
        // v1 cpusets reset the affinity of whoever joins.
        Assert.That(seen, all ? Is.EqualTo(online) : Is.EqualTo(final ?? seen));
    }

    [Test]
    public void CPUs_that_are_not_there_are_an_error_of_their_property()
    {
        using Runtime runtime = Runtime.Create();
        string id = Started(runtime, out _), file = Path.Combine(runtime.Work, "process.json");
        foreach (string which in new[] { "initial", "final" })
        {
            File.WriteAllText(file, $$"""{ "args": ["true"], "cwd": "/", "execCPUAffinity": { "{{which}}": "8000" } }""");
            runtime.Run("exec", "--process", file, id).ExpectError("/execCPUAffinity/" + which, 255);
        }
    }

    [Test]
    public void A_cgroup_below_the_containers_is_joined_by_controller_or_by_all()
    {
        using Runtime runtime = Runtime.Create();
        string id = Started(runtime, out string cgroup);
        if (!Support.Cgroups.Has("pids"))
            Assert.Ignore("this machine has no v1 hierarchies");
        foreach (string hierarchy in Support.Cgroups.Hierarchies)
            if (Directory.Exists(hierarchy + cgroup))
            {
                Directory.CreateDirectory(hierarchy + cgroup + "/sub");
                foreach (string file in new[] { "/cpuset.cpus", "/cpuset.mems" }) // nobody can join a cpuset without any
                    if (File.Exists(hierarchy + cgroup + file))
                        File.WriteAllText(hierarchy + cgroup + "/sub" + file, File.ReadAllText(hierarchy + cgroup + file));
            }
        string one = runtime.Run("exec", "--cgroup", "pids:sub", id, "cat", "/proc/self/cgroup").Expect(0).Output;
        Assert.That(one, Does.Match($":pids:{cgroup}/sub\n").And.Match($":freezer:{cgroup}\n"));
        string all = runtime.Run("exec", "--cgroup", "/sub", id, "cat", "/proc/self/cgroup").Expect(0).Output;
        Assert.That(all.TrimEnd().Split('\n'), Has.All.EndsWith(cgroup + "/sub"));
    }

    [TestCase("../..", "must stay below")]
    [TestCase("pids:a/../../b", "must stay below")]
    [TestCase("missing", "no such file or directory")]
    [TestCase("nosuch:x", "controller nosuch")]
    public void Any_other_cgroup_is_refused(string cgroup, string about)
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("exec", "--cgroup", cgroup, Started(runtime, out _), "true").ExpectError(about, 255);
    }

    private static string Started(Runtime runtime, out string cgroup)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        cgroup = (string)bundle.Linux["cgroupsPath"]!;
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        return id;
    }
}
