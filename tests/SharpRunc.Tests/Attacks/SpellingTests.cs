using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Two readers of one document must not see two containers: Go's take a key in any case.</summary>
internal sealed class SpellingTests
{
    [TestCase("\"maskedPaths\"", "\"maskedpaths\"", "[ -s /proc/keys ] && echo open"),
        TestCase("\"readonlyPaths\"", "\"READONLYPATHS\"", "echo 1 2>/dev/null >/proc/sys/kernel/shmmni && echo open")]
    [TestCase("\"noNewPrivileges\"", "\"nonewprivileges\"", "grep -q 'NoNewPrivs.*0' /proc/self/status && echo open"),
        TestCase("\"readonly\"", "\"readOnly\"", "touch /x 2>/dev/null && echo open")]
    [TestCase("\"uid\"", "\"UID\"", "[ $(id -u) = 0 ] && echo open"),
        TestCase("\"process\"", "\"Process\"", "[ $(id -u) = 0 ] && echo open"),
        TestCase("\"linux\"", "\"LINUX\"", "[ -s /proc/keys ] && echo open")]
    [TestCase("\"pids\"", "\"PIDS\"", "[ \"$(cat /sys/fs/cgroup/pids/pids.max 2>/dev/null)\" = max ] && echo open")]
    public void What_confines_is_not_lost_over_a_capital_letter(string key, string other, string attack)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Confined(runtime).Says(attack + "; true").Write();
        string config = Path.Combine(bundle.Path, "config.json");
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.Empty, "as it is written");
        string json = File.ReadAllText(config);
        Assert.That(json, Does.Contain(key));
        File.WriteAllText(config, json.Replace(key, other));
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.Empty);
        File.WriteAllText(config, json.Replace(key, $"{other}:null,{key}"));
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("appears twice");
    }

    [Test]
    public void Nor_in_the_process_of_an_exec_or_the_resources_of_an_update()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        string process = Path.Combine(runtime.Work, "process.json"), resources = Path.Combine(runtime.Work, "resources.json");
        File.WriteAllText(process, """{"Cwd":"/","ARGS":["/bin/grep","NoNewPrivs","/proc/self/status"],"nonewprivileges":true}""");
        Result exec = runtime.Run("exec", "--process", process, id).Expect(0);
        Assert.That(exec.Output, Does.Contain("1"));
        File.WriteAllText(resources, """{"Pids":{"LIMIT":77}}""");
        runtime.Run("update", "--resources", resources, id).Expect(0);
        Assert.That(runtime.Run("exec", id, "cat", "/proc/self/cgroup").Expect(0).Output, Is.Not.Empty);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Root, id, "resources.json")), Does.Contain("77"));
        File.WriteAllText(resources, """{"pids":{"limit":1},"PIDS":{"limit":-1}}""");
        runtime.Run("update", "--resources", resources, id).ExpectError("appears twice");
    }

    private static Bundle Confined(Runtime runtime)
    {
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["maskedPaths"] = Attack.Array(["/proc/keys"]);
        bundle.Linux["readonlyPaths"] = Attack.Array(["/proc/sys"]);
        bundle.Linux["resources"] =
            new System.Text.Json.Nodes.JsonObject { ["pids"] = new System.Text.Json.Nodes.JsonObject { ["limit"] = 50 } };
        bundle.Process["noNewPrivileges"] = true;
        bundle.Process["user"] = new System.Text.Json.Nodes.JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
        bundle.Config["root"]!["readonly"] = true;
        return bundle;
    }
}
