using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Checking;

/// <summary>sharprunc check: all mistakes of a bundle at once, each where it is, and none that is not there.</summary>
internal sealed class CheckTests
{
    /// <summary>Mistakes that do not touch each other: what is written where, and the pointer of the error.</summary>
    private static readonly (Action<JsonObject> Make, string Pointer)[] Mistakes =
    [
        (config => config["process"]!["cwd"] = "relative", "/process/cwd"),
        (config => config["process"]!["cwd"] = 7, "/process/cwd"),
        (config => ((JsonObject)config["process"]!).Remove("cwd"), "/process/cwd"),
        (config => config["process"]!["env"] = new JsonArray("A=1", "nothing", "B=2"), "/process/env/1"),
        (config => config["process"]!["rlimits"] = JsonNode.Parse(
                """[{ "type": "RLIMIT_NOFILE", "soft": 5, "hard": "many" }]"""),
            "/process/rlimits/0/hard"),
        (config => config["process"]!["oomScoreAdj"] = 5000, "/process/oomScoreAdj"),
        (config => ((JsonArray)config["mounts"]!).Insert(0, JsonNode.Parse(
                """{ "destination": "/a", "type": "tmpfs", "options": "ro" }""")),
            "/mounts/0/options"),
        (config => ((JsonArray)config["mounts"]!).Add(JsonNode.Parse("""{ "type": "tmpfs" }""")), "last mount"),
        (config => config["linux"]!["resources"] = JsonNode.Parse("""{ "cpu": { "shares": -5 } }"""), "/linux/resources/cpu/shares"),
        (config => config["linux"]!["sysctl"] = JsonNode.Parse(
                """{ "kernel.core_pattern": "|/bin/sh" }"""),
            "/linux/sysctl/kernel.core_pattern"),
        (config => config["linux"]!["rootfsPropagation"] = "sideways", "/linux/rootfsPropagation"),
        (config => config["linux"]!["devices"] = JsonNode.Parse(
                """[{ "path": "dev/x", "type": "c", "major": 1, "minor": 3 }]"""),
            "/linux/devices/0/path"),
        (config => config["linux"]!["personality"] = JsonNode.Parse("""{ "domain": "SOLARIS" }"""), "/linux/personality/domain"),
        (config => config["linux"]!["seccomp"] = JsonNode.Parse(
                """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["read"], "action": "SCMP_ACT_PERHAPS" }] }"""),
            "/linux/seccomp/syscalls/0/action"),
        (config => config["hooks"] = JsonNode.Parse("""{ "prestart": [{ "path": "relative" }] }"""), "/hooks/prestart/0/path"),
        (config => config["annotations"] = JsonNode.Parse("""{ "": "x" }"""), "/annotations/"),
        (config => config.Remove("root"), "/root"),
        (config => config["ociVersion"] = "two", "/ociVersion"),
        (config => config["process"]!["user"]!["umask"] = 4096, "/process/user/umask"),
        (config => config["process"]!["scheduler"] = JsonNode.Parse("""{ "policy": "SCHED_SOMEHOW" }"""), "/process/scheduler/policy"),
        (config => config["process"]!["ioPriority"] = JsonNode.Parse("""{ "class": "IOPRIO_CLASS_BE", "priority": 9 }"""),
            "/process/ioPriority/priority"),
        (config => config["linux"]!["maskedPaths"] = new JsonArray("/proc/kcore", "proc/keys"), "/linux/maskedPaths/1"),
        (config =>
            {
                ((JsonArray)config["linux"]!["namespaces"]!).Insert(0, JsonNode.Parse("""{ "type": "user" }"""));
                config["linux"]!["gidMappings"] = JsonNode.Parse("""[{ "containerID": 0, "hostID": 0, "size": 1 }]""");
            }, "/linux/uidMappings"),
        (config => config["linux"]!["readonlyPaths"] = new JsonArray("/proc/sys", ""), "/linux/readonlyPaths/1"),
        (config => config["linux"]!["timeOffsets"] = JsonNode.Parse("""{ "boottime": { "secs": 1 } }"""), "/linux/timeOffsets"),
        (config => config["linux"]!["netDevices"] = JsonNode.Parse("""{ "eth:0": {} }"""), "/linux/netDevices/eth:0"),
        (config => config["linux"]!["intelRdt"] = JsonNode.Parse("""{ "closID": "../x" }"""), "/linux/intelRdt/closID"),
        (config => config["linux"]!["memoryPolicy"] = JsonNode.Parse("""{ "mode": "MPOL_BIND" }"""), "/linux/memoryPolicy/nodes"),
        (config => config["hostname"] = new string('h', 65), "/hostname"),
    ];

    private Runtime runtime = null!;

    [SetUp]
    public void MakeRuntime() => runtime = Runtime.Create();

    [TearDown]
    public void Dispose() => runtime.Dispose();

    private JsonObject Check(string bundle, int exitCode, params string[] flags)
        => (JsonObject)JsonNode.Parse(runtime.Run(["check", "--json", .. flags, bundle]).Expect(exitCode).Output)!;

    private static string[] Pointers(JsonObject found, string severity = "error")
        => [.. found["problems"]!.AsArray()
            .Where(problem => (string)problem!["severity"]! == severity).Select(problem => (string)problem!["pointer"]!)];

    [Test]
    public void Of_two_to_six_mistakes_each_is_found_where_it_is_and_nothing_else([Range(1, 40)] int seed)
    {
        Random random = new(seed);
        Bundle bundle = runtime.NewBundle("sh");
        List<string> expected = [];
        int wanted = 2 + random.Next(5);
        foreach ((Action<JsonObject> make, string pointer) in Mistakes.OrderBy(_ => random.Next()))
        {
            bool sharesObject = expected.Exists(other
                => pointer.StartsWith(other, StringComparison.Ordinal) || other.StartsWith(pointer, StringComparison.Ordinal));
            if (expected.Count == wanted || sharesObject)
                continue;
            make(bundle.Config);
            expected.Add(pointer);
        }
        string last = $"/mounts/{bundle.Mounts.Count - 1}";
        string[] found = Pointers(Check(bundle.Write().Path, 1, "--host=no"));
        Assert.That(found, Is.EquivalentTo(expected.Select(pointer => pointer == "last mount" ? last : pointer)));
    }

    [Test]
    public void What_create_refuses_is_found_and_what_it_takes_is_not([Range(0, 28)] int index)
    {
        Bundle bundle = runtime.NewBundle("sh");
        Check(bundle.Write().Path, 0, "--host=no");
        Mistakes[index].Make(bundle.Config);
        Check(bundle.Write().Path, 1, "--host=no");
        runtime.Run("create", "--bundle", bundle.Path, Runtime.NewId()).Expect(1);
    }

    [Test]
    public void Nothing_is_wrong_with_what_engines_write()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "tests/SharpRunc.Tests/Data/bundles"), "*.json"))
        {
            if (file.EndsWith("process.json", StringComparison.Ordinal))
                continue;
            Bundle bundle = runtime.NewBundle("sh");
            bundle.Write(File.ReadAllText(file).Replace("@NETNS@", "/proc/1/ns/net", StringComparison.Ordinal));
            Assert.That(Pointers(Check(bundle.Path, 0, "--host=no")), Is.Empty, file);
        }
    }

    /// <summary>Those for schemas of other platforms and of before 1.0 are not all right for this runtime, and create says so.</summary>
    [TestCase("minimal")]
    [TestCase("minimal-for-start")]
    [TestCase("linux-rdma")]
    [TestCase("freebsd-minimal")]
    [TestCase("zos-minimal")]
    [TestCase("linux-netdevice", "/linux/netDevices")]
    [TestCase("spec-example", "/ociVersion")]
    [TestCase("freebsd-example", "/hostname")]
    [TestCase("zos-example", "/ociVersion", "/hostname")]
    public void In_the_specifications_examples_is_found_what_create_refuses(string name, params string[] expected)
    {
        Bundle bundle = runtime.NewBundle("sh");
        bundle.Write(File.ReadAllText(Repository.Data("schema", "config", "good", name + ".json")));
        Assert.That(Pointers(Check(bundle.Path, expected.Length == 0 ? 0 : 1, "--host=no")), Is.EqualTo(expected));
        if (expected.Length > 0)
            runtime.Run("create", "--bundle", bundle.Path, Runtime.NewId()).ExpectError(expected[0]);
    }

    [Test]
    public void All_unknown_properties_are_listed_and_deprecated_ones_have_a_successor()
    {
        Bundle bundle = runtime.NewBundle("sh");
        for (int i = 0; i < 40; i++)
            bundle.Config[$"unknown{i}"] = i;
        bundle.Config["hooks"] = JsonNode.Parse("""{ "prestart": [{ "path": "/bin/true" }] }""");
        string[] warnings = Pointers(Check(bundle.Write().Path, 0, "--host=no"), "warning");
        Assert.That(warnings, Has.Length.EqualTo(41).And.Contains("/hooks/prestart").And.Contains("/unknown39"));
    }

    [Test]
    public void A_line_has_place_severity_pointer_and_the_likeliest_name()
    {
        Bundle bundle = runtime.NewBundle("sh");
        bundle.Write("""
            {
              "ociVersion": "1.2.0",
              "root": { "path": "rootfs", "readOnly": true, "colour": "red" },
              "process": { "args": ["sh"], "cwd": "/", "user": { "uid": 0, "gid": 0 }, "capabilites": {} },
              "linux": { "namespaces": [{ "type": "mount" }] }
            }
            """);
        string output = runtime.Run("check", "--host=no", bundle.Path).Expect(0).Output;
        Assert.That(output, Does.Contain(""": warning: /root/readOnly: is read as "readonly", as the specification spells it"""));
        Assert.That(output, Does.Contain(": warning: /root/colour: not a property of this object; ignored\n"));
        const string Guess = """(?m)^config\.json:4:\d+: warning: /process/capabilites: .* \(did you mean "capabilities"\?\)$""";
        Assert.That(output, Does.Match(Guess));
        Assert.That(output, Does.EndWith("\n0 errors, 3 warnings\n"));
    }

    [Test]
    public void What_the_host_lacks_is_found_and_nothing_is_made()
    {
        Bundle bundle = runtime.NewBundle("nosuch");
        bundle.Process["env"] = new JsonArray("PATH=/bin");
        bundle.Config["hooks"] = JsonNode.Parse("""{ "poststop": [{ "path": "/no/hook" }] }""");
        bundle.Mounting("/none", "bind", "/no/such/source", "bind");
        bundle.InNamespace("network", "/no/namespace");
        bundle.Linux["netDevices"] = JsonNode.Parse("""{ "none0": {} }""");
        int bind = bundle.Mounts.Count - 1, network = bundle.Linux["namespaces"]!.AsArray().Count - 1;
        string[] before = Directory.GetFileSystemEntries(bundle.Write().Path, "*", SearchOption.AllDirectories);
        string[] found = Pointers(Check(bundle.Path, 1));
        string[] expected = ["/process/args/0", "/hooks/poststop/0/path", $"/mounts/{bind}/source", $"/linux/namespaces/{network}/path"];
        Assert.That(found, Is.SupersetOf(expected));
        Assert.That(found.Count(pointer => pointer.StartsWith("/linux/netDevices", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(Directory.GetFileSystemEntries(bundle.Path, "*", SearchOption.AllDirectories), Is.EquivalentTo(before));
        Assert.That(runtime.Run("list", "--quiet").Expect(0).Output, Is.Empty);
    }

    [TestCase("#!/bin/absent\n", "the interpreter of /prog, /bin/absent,")]
    [TestCase("neither", "/prog is neither an ELF file nor a script")]
    [TestCase("", "/prog is neither an ELF file nor a script")]
    public void A_program_that_execve_would_refuse_is_named(string content, string said)
    {
        Bundle bundle = runtime.NewBundle("/prog");
        string program = Path.Combine(bundle.Write().Rootfs, "prog");
        File.WriteAllText(program, content);
        Assert.That(runtime.Run("check", bundle.Path).Expect(1).Output, Does.Contain("/process/args/0: /prog is not executable"));
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.That(runtime.Run("check", bundle.Path).Expect(1).Output, Does.Contain($"/process/args/0: {said}"));
    }

    [Test]
    public void A_bundle_that_runs_has_no_error()
    {
        Bundle bundle = runtime.NewBundle("true").Write();
        Assert.That(Pointers(Check(bundle.Path, 0)), Is.Empty);
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
    }

    [Test]
    public void The_readme_shows_what_it_prints()
    {
        Bundle bundle = runtime.NewBundle("sh");
        bundle.Write("""
            {
              "ociVersion": "1.3.0",
              "root": { "path": "rootfs" },
              "process": {
                "cwd": "srv",
                "capabilites": { "bounding": [] },
                "args": ["sh"], "env": ["PATH=/bin"], "user": { "uid": 0, "gid": 0 }
              },
              "mounts": [
                { "destination": "/data", "type": "bind", "source": "/srv/data", "options": ["rbind"] }
              ],
              "linux": { "namespaces": [{ "type": "mount" }] }
            }
            """);
        string output = runtime.Run("check", bundle.Path).Expect(1).Output;
        Assert.That(Readme.Block("console", "sharprunc check"), Does.Contain("$ sharprunc check bundle\n" + output), output);
    }

    [TestCase("/nonexistent")]
    [TestCase("/proc")]
    public void Without_a_config_the_status_is_2(string bundle) => runtime.Run("check", bundle).Expect(2);

    [Test]
    public void What_is_no_JSON_is_one_error()
    {
        Bundle bundle = runtime.NewBundle("sh");
        bundle.Write("{ \"ociVersion\": ");
        Assert.That(Check(bundle.Path, 1)["problems"]!.AsArray(), Has.Count.EqualTo(1));
    }
}
