using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>What the JSON log says of a failure besides its message, through the real binary: where it was, and on what.</summary>
internal sealed class FailureFieldTests
{
    /// <summary>One way for run to fail. Expected: code, stage, pointer, call, subject; null: the field is not there, "*": any.</summary>
    private sealed record Case(string Name, Action<Bundle> Break, string?[] Expected)
    {
        public override string ToString() => Name;
    }

    private static readonly Case[] Cases =
    [
        new("a bind mount's source is missing", static b => b.Mounting("/data", "bind", "/nonexistent/data", "bind"),
            ["mount.source-missing", "mounts", "/mounts/6", "open_tree", "/nonexistent/data"]),
        new("a file on a directory", static b => b.Mounting("/bin", "bind", "/etc/hostname", "bind"),
            ["mount.file-and-directory", "mounts", "/mounts/6", "*", "*"]),
        new("a file system that nobody knows", static b => b.Mounting("/data", "nosuchfs", "none"),
            ["mount.unknown-file-system", "mounts", "/mounts/6", "fsopen", "nosuchfs"]),
        new("an option that tmpfs refuses", static b => b.Mounting("/data", "tmpfs", "none", "nosuchoption=1"),
            ["mount.options-refused", "mounts", "/mounts/6", "fsconfig", "*"]),
        new("a mount in /proc", static b => b.Mounting("/proc/sys", "tmpfs", "none"),
            ["mount.in-proc", "checking", "/mounts/6/destination", null, null]),
        new("no such program", static b => b.Process["args"] = new JsonArray("nosuchprogram"),
            ["program.missing", "last mile", "/process/args/0", null, null]),
        new("no such path", static b => b.Process["args"] = new JsonArray("/bin/nosuchprogram"),
            ["program.missing", "last mile", "/process/args/0", null, null]),
        new("a program that may not be executed", static b => Add(b, "text", "#!/bin/sh\n", 0x1A4),
            ["program.not-executable", "last mile", "/process/args/0", null, null]),
        new("no interpreter", static b => Add(b, "script", "#!/usr/bin/nosuchinterpreter\n", 0x1ED),
            ["program.interpreter-missing", "start", "/process/args/0", null, null]),
        new("neither ELF nor script", static b => Add(b, "data", "\u0001\u0002\u0003\u0004", 0x1ED),
            ["program.format", "start", "/process/args/0", null, null]),
        new("a hook that fails", static b => Hook(b, "createRuntime", "/bin/false", null),
            ["hook.failed", "hooks", "/hooks/createRuntime/0", null, null]),
        new("a hook in the container that fails", static b => Hook(b, "createContainer", "/bin/false", null),
            ["hook.failed", "hooks", "/hooks/createContainer/0", null, null]),
        new("a hook that is not there", static b => Hook(b, "prestart", "/nonexistent/hook", null),
            ["hook.missing", "hooks", "/hooks/prestart/0", null, null]),
        new("a hook that takes too long", static b => Hook(b, "prestart", "/bin/sleep", 1),
            ["hook.timeout", "hooks", "/hooks/prestart/0", null, null]),
        new("a value of a wrong type", static b => b.Process["terminal"] = "no",
            ["config.type", "reading", "/process/terminal", null, null]),
        new("a property is missing", static b => b.Mounts.Add((JsonNode)new JsonObject()),
            ["config.required", "reading", "/mounts/6", null, null]),
        new("a value that is not allowed", static b => b.Process["cwd"] = "tmp", ["config.value", "checking", "/process/cwd", null, null]),
        new("another version", static b => b.Config["ociVersion"] = "2.0.0", ["config.version", "checking", "/ociVersion", null, null]),
        new("no root file system", static b => Directory.Delete(b.Rootfs, recursive: true),
            ["root.missing", "checking", "/root/path", "openat", "*"]),
        new("a sysctl that does not exist", static b => b.Linux["sysctl"] = new JsonObject { ["net.nosuch.thing"] = "1" },
            ["process.sysctl", "switch", "/linux/sysctl/net.nosuch.thing", "*", "*"]),
        new("an unknown seccomp architecture", static b => b.Linux["seccomp"] = JsonNode.Parse(
            """{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_NOSUCH"]}"""),
            ["config.value", "checking", "/linux/seccomp/architectures/0", null, null]),
        new("a working directory that is none", static b => b.Process["cwd"] = "/bin/sh",
            ["process.cwd", "last mile", "/process/cwd", null, null]),
        new("a namespace's path is no namespace", static b => b.InNamespace("ipc", "/etc/hostname"),
            ["namespace.not-one", "checking", "/linux/namespaces/*", "*", "*"]),
        new("a user that is not mapped", static b => b.MapsUsers().WithoutSysfs().Process["user"] = new JsonObject
        {
            ["uid"] = 70000, ["gid"] = 0,
        },
            ["namespace.unmapped-id", "*", "*", "*", "*"]),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Each_failure_has_its_code_and_place(object broken)
    {
        Case given = (Case)broken;
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string id = Runtime.NewId();
        given.Break(bundle);
        string log = Path.Combine(runtime.Work, "log.json");
        runtime.Run("--log", log, "--log-format", "json", "run", "--bundle", bundle.Write().Path, id).Expect(1);
        JsonObject line = (JsonObject)JsonNode.Parse(File.ReadAllLines(log)[^1])!;
        string?[] fields = [.. ((string[])["code", "stage", "pointer", "call", "subject"]).Select(key => (string?)line[key])];
        string?[] seen = [.. fields.Zip(given.Expected, static (field, expected) =>
            expected is not null && expected.EndsWith('*') && (field ?? "").StartsWith(expected[..^1], StringComparison.Ordinal)
                ? expected : field)];
        Assert.That(seen, Is.EqualTo(given.Expected), line.ToJsonString());
        Assert.That(((string?)line["id"], (string?)line["command"]), Is.EqualTo((id, "run")));
    }

    [Test]
    public void The_example_in_the_readme_has_the_fields_of_a_real_line()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").Mounting("/data", "bind", "/nonexistent/data", "bind");
        string real = runtime.Run("--log-format", "json", "run", "--bundle", bundle.Write().Path, Runtime.NewId()).Expect(1).Errors;
        string[] block = Readme.Block("console", "explain mount.source-missing").Split('\n');
        string example = Array.Find(block, static line => line.StartsWith('{'))!;
        Assert.That(Fields(example), Is.EqualTo(Fields(real)));

        static string[] Fields(string line) => [.. ((JsonObject)JsonNode.Parse(line)!).Select(static field => field.Key)];
    }

    [Test]
    public void So_has_what_is_asked_of_a_container_in_another_state()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), none = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        runtime.StartContainer(id, bundle);
        Assert.That(Code("run", "--bundle", bundle.Path, id), Is.EqualTo("container.exists"));
        Assert.That(Code("start", id), Is.EqualTo("start.wrong-state"));
        Assert.That(Code("delete", id), Is.EqualTo("delete.not-stopped"));
        Assert.That(Code("resume", id), Is.EqualTo("pause.wrong-state"));
        Assert.That(Code("kill", id, "NOSUCH"), Is.EqualTo("usage.value"));
        Assert.That(Code("exec", id, "nosuchprogram"), Is.EqualTo("program.missing"));
        Assert.That(Code("state", none), Is.EqualTo("container.missing"));
        Assert.That(Code("start", "--nosuchflag", id), Is.EqualTo("usage.flag"));
        Assert.That(Code("state", "a/b"), Is.EqualTo("usage.container-id"));
        runtime.Run("pause", id).Expect(0);
        Assert.That(Code("exec", id, "true"), Is.EqualTo("exec.container-paused"));
        runtime.Run("resume", id).Expect(0);

        string? Code(params string[] command)
        {
            Result result = runtime.Run(["--log-format", "json", .. command]);
            Assert.That(result.ExitCode, Is.Not.Zero, result.Command);
            return (string?)JsonNode.Parse(result.Errors.TrimEnd('\n').Split('\n')[^1])!["code"];
        }
    }

    private static void Add(Bundle bundle, string name, string content, int mode)
    {
        string path = Path.Combine(bundle.Rootfs, name);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, (UnixFileMode)mode);
        bundle.Process["args"] = new JsonArray("/" + name);
    }

    private static void Hook(Bundle bundle, string kind, string path, int? timeout)
    {
        JsonObject hook = new() { ["path"] = path, ["args"] = new JsonArray(Path.GetFileName(path), "1000") };
        if (timeout is not null)
            hook["timeout"] = timeout;
        bundle.Config["hooks"] = new JsonObject { [kind] = new JsonArray(hook) };
    }
}
