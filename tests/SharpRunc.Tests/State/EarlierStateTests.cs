using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.State;

/// <summary>
/// Containers whose state another version wrote. Data/states has what three of them did: 4ffd6d80, an early one; bf2ece6a, which knows
/// systemd, resctrl and restore; and the last 0.1.0.
/// </summary>
internal sealed class EarlierStateTests
{
    /// <summary>Members that describe one container on one machine: those of the test's container replace them.</summary>
    private static readonly string[] Own =
    [
        "id", "runtimePid", "runtimeStartTime", "initPid", "initStartTime", "bundle", "rootfs", "cgroupPaths", "cgroupNames", "userNamespace",
    ];

    private static string[] Files => [.. Directory.GetFiles(Repository.Data("states")).Select(file => Path.GetFileName(file)).Order()];

    [Test]
    public void A_container_of_an_earlier_version_lives_and_ends([ValueSource(nameof(Files))] string file, [Values] bool isStarted)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["seccomp"] = JsonNode.Parse(
            """{ "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 }], "defaultAction": "SCMP_ACT_ALLOW" }""");
        string id = Runtime.NewId(), stopped = Path.Combine(runtime.Work, "stopped");
        int pid = isStarted ? runtime.StartContainer(id, bundle) : runtime.CreateContainer(id, bundle.Write());
        MakeEarlier(runtime, id, file, stopped);
        if (!file.Contains("last", StringComparison.Ordinal)) // which stored the rules of seccomp too
            File.Copy(bundle.ConfigFile, Path.Combine(runtime.Root, id, "config.json"), overwrite: true);

        Assert.That(runtime.Run("list").Expect(0).Output, Does.Match($"{id} +{pid} +{(isStarted ? "running" : "created")} "));
        if (!isStarted)
            runtime.Run("start", id).Expect(0);
        JsonObject state = runtime.State(id);
        Assert.That(((string)state["status"]!, (int)state["pid"]!), Is.EqualTo(("running", pid)));
        Assert.That((string?)state["annotations"]!["org.example.team"], Is.EqualTo("blue"));
        runtime.Run("exec", id, "true").Expect(0);
        Assert.That(runtime.Run("exec", id, "mkdir", "/tmp/new").Expect(1).Errors, Does.Contain("No space left on device"));
        runtime.Run("update", "--pids-limit", "50", id).Expect(0);
        if (Tool.IsThere("ps"))
            Assert.That(runtime.Run("ps", id).Expect(0).Output, Does.Contain("sleep 1000"));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
        Assert.That(stopped, Does.Exist, "the stored poststop hook has run");
    }

    [TestCase("state")]
    [TestCase("start")]
    [TestCase("exec", "true")]
    [TestCase("kill")]
    [TestCase("ps")]
    [TestCase("update", "--pids-limit=50")]
    [TestCase("pause")]
    [TestCase("delete")]
    [TestCase("delete", "--force")]
    public void A_container_of_a_newer_version_is_refused_and_left_alone(string verb, string? argument = null)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), file = Path.Combine(runtime.Root, id, "state.json");
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        string written = File.ReadAllText(file), newer = written.Replace("\"sharprunc\":1,", "\"sharprunc\":2,", StringComparison.Ordinal);
        Assert.That(newer, Is.Not.EqualTo(written));
        File.WriteAllText(file, newer);
        string[] command = argument is null ? [verb, id] : argument[0] == '-' ? [verb, argument, id] : [verb, id, argument];
        Result refused = runtime.Run(command);
        string left = File.ReadAllText(file);
        File.WriteAllText(file, written);
        refused.ExpectError("state format 2 was written by a newer sharprunc", verb == "exec" ? 255 : 1);
        Assert.That(left, Is.EqualTo(newer));
        Assert.That((runtime.Status(id), runtime.Pid(id)), Is.EqualTo(("running", pid)));
    }

    private static void MakeEarlier(Runtime runtime, string id, string file, string stopped)
    {
        string place = Path.Combine(runtime.Root, id, "state.json");
        JsonObject present = (JsonObject)JsonNode.Parse(File.ReadAllText(place))!;
        JsonObject earlier = (JsonObject)JsonNode.Parse(File.ReadAllText(Repository.Data("states", file)))!;
        foreach (string member in Own)
            if (earlier.ContainsKey(member))
                earlier[member] = present[member]!.DeepClone();
        earlier["poststop"]![0]!["args"]![1] = stopped;
        File.WriteAllText(place, earlier.ToJsonString());
    }
}
