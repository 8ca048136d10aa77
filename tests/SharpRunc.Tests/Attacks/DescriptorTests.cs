using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>CVE-2016-9962, CVE-2024-21626: no descriptor of the host, ours or the caller's, is in the container.</summary>
internal sealed partial class DescriptorTests
{
    /// <summary>Open in the caller: a directory of the host at 9 and 57, and what was asked for at 3….</summary>
    private static Result RunWith(Runtime runtime, Sentinel sentinel, string open, params string[] arguments)
        => runtime.Execute(["/bin/bash", "-c", $"exec 9<'{sentinel.Path}' 57<'{sentinel.Path}' {open}; exec \"$@\"", "bash",
            .. runtime.Command(arguments)]);

    [Test]
    public void What_the_caller_has_open_does_not_reach_the_container()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("ls", "/proc/self/fd");
        // ls itself opens the fourth.
        Assert.That(RunWith(runtime, sentinel, "", "run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output,
            Is.EqualTo("0\n1\n2\n3\n"));
    }

    [Test]
    public void What_is_preserved_reaches_it_and_nothing_else()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", "cat <&3; ls /proc/self/fd");
        string open = $"3<'{sentinel["secret"]}' 4<'{sentinel.Path}'";
        Assert.That(RunWith(runtime, sentinel, open, "run", "--preserve-fds", "1", "--bundle", bundle.Path, Runtime.NewId())
            .Expect(0).Output, Is.EqualTo("HOST SECRET\n0\n1\n2\n3\n4\n"));
    }

    // The caller has 9 and 57, too.
    [TestCase("1", "3<&-", "0 1 2")]
    [TestCase("2", "3</dev/null", "0 1 2 3")]
    [TestCase("5", "7</dev/null", "0 1 2 7")]
    [TestCase("6", "3</dev/null 5</dev/null 8</dev/null", "0 1 2 3 5 8")]
    [TestCase("7", "4</dev/null", "0 1 2 4 9")]
    [TestCase("70", "66</dev/null", "0 1 2 9 57 66")]
    [TestCase("100000", "3</dev/null", "0 1 2 3 9 57")]
    [TestCase("2147483647", "3</dev/null", "0 1 2 3 9 57")]
    public void Of_preserved_descriptors_those_that_are_closed_stay_closed_and_are_never_ours(string count, string open, string expected)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        string[] script = ["sh", "-c", "ls /proc/$$/fd; true"]; // the shell's own
        Bundle bundle = runtime.NewBundle(script);
        string hook = Path.Combine(runtime.Work, "hook");
        File.WriteAllText(hook, "#!/bin/sh\ntrue\n");
        File.SetUnixFileMode(hook, (UnixFileMode)0x1ED);
        bundle.Config["hooks"] =
            JsonNode.Parse($$"""{ "createContainer": [{ "path": "{{hook}}" }], "startContainer": [{ "path": "/bin/true" }] }""");
        bundle.Write();
        string[] log = ["--log", Path.Combine(runtime.Work, "log"), "--log-format", "json", "--debug"];
        // Of the test's own caller nothing is open.
        string only =
            "; for f in /proc/$$/fd/*; do case ${f##*/} in 0|1|2|255) ;; *) eval \"exec ${f##*/}>&-\";; esac; done; exec 9</ 57</ " + open;
        string Numbers(params string[] command)
        {
            string[] lines = RunWith(runtime, sentinel, only, [.. log, .. command])
                .Expect(0).Output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries);
            System.Array.Sort(lines,
                (a, b) => int.Parse(a, CultureInfo.InvariantCulture).CompareTo(int.Parse(b, CultureInfo.InvariantCulture)));
            return string.Join(' ', lines);
        }
        Assert.That(Numbers("run", "--preserve-fds", count, "--bundle", bundle.Path, Runtime.NewId()), Is.EqualTo(expected));
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Assert.That(Numbers(["exec", "--preserve-fds", count, id, .. script]), Is.EqualTo(expected));
    }

    [Test]
    public void A_missing_standard_stream_is_the_null_device()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", "ls -l /proc/self/fd > /out");
        RunWith(runtime, sentinel, "0<&- 2>&-", "run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);
        string[] lines = File.ReadAllLines(Path.Combine(bundle.Rootfs, "out"));
        Assert.That(lines, Has.Some.EndsWith(" 0 -> /dev/null"));
        Assert.That(lines, Has.Some.EndsWith(" 2 -> /dev/null"));
        Assert.That(lines, Has.Length.EqualTo(5), "total, 0, 1, 2 and its own");
    }

    [Test]
    public void An_init_that_waits_holds_its_streams_and_two_fifos()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("true");
        string id = Runtime.NewId();
        RunWith(runtime, sentinel, "", "--log", Path.Combine(runtime.Work, "log"), "--debug", "create", "--bundle", bundle.Path, id)
            .Expect(0);
        Assert.That(Others(runtime, id), Is.EquivalentTo(Fifos));
    }

    [Test]
    public void An_init_with_hooks_mappings_and_a_filter_holds_no_more()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("true").WithUserNamespace();
        System.Text.Json.Nodes.JsonObject hook = new() { ["path"] = "/bin/true" };
        bundle.Config["hooks"] = new System.Text.Json.Nodes.JsonObject
        {
            ["startContainer"] = new System.Text.Json.Nodes.JsonArray(hook),
            ["createRuntime"] = new System.Text.Json.Nodes.JsonArray(hook.DeepClone())
        };
        bundle.Linux["seccomp"] = System.Text.Json.Nodes.JsonNode.Parse(
            """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["reboot"], "action": "SCMP_ACT_ERRNO" }] }""");
        bundle.Linux["sysctl"] = System.Text.Json.Nodes.JsonNode.Parse("""{ "net.ipv4.ip_forward": "1" }""");
        bundle.WithMount("/tmp", "tmpfs", "tmpfs", "ro").WithMount("/sys/fs/cgroup", "cgroup", "cgroup", "ro");
        string id = Runtime.NewId();
        RunWith(runtime, sentinel, $"3<'{sentinel.Path}'", "create", "--preserve-fds", "1", "--bundle", bundle.Path, id).Expect(0);
        List<string> others = Others(runtime, id);
        others.RemoveAll(target => MemoryFile().IsMatch(target));
        Assert.That(others, Is.EquivalentTo([.. Fifos, sentinel.Path]));
        runtime.Run("start", id).Expect(0);
    }

    [Test]
    public void A_descriptor_is_no_program()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle();
        Assert.Multiple(() =>
        {
            for (int number = 3; number <= 32; number++)
            {
                bundle.WithArgs($"/proc/self/fd/{number}", "true");
                Assert.That(RunWith(runtime, sentinel, "5</usr/bin/busybox "
                    + "8</usr/bin/busybox", "run", "--bundle", bundle.Path, Runtime.NewId()).ExitCode, Is.Not.Zero, $"{number}");
            }
        });
    }

    /// <summary>Of a clone of the container's directory, so named.</summary>
    private static readonly string[] Fifos = ["/exec.fifo", "/exec.result"];

    /// <summary>What the container's process has open, but for its standard streams.</summary>
    private static List<string> Others(Runtime runtime, string id)
    {
        List<string> targets = [];
        foreach (string fd in Directory.GetFileSystemEntries($"/proc/{runtime.Pid(id)}/fd"))
            if (Path.GetFileName(fd) is not ("0" or "1" or "2"))
                targets.Add(new FileInfo(fd).LinkTarget!);
        return targets;
    }

    [GeneratedRegex("^/memfd:")]
    private static partial Regex MemoryFile();
}
