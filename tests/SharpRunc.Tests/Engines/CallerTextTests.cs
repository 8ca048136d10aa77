using System;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>
/// What callers read of a runtime beside a program that cannot be started (<see cref="TextTests"/>): words of its last error, its exit
/// status, and files that it leaves. Each row names who reads it and where, and was taken from their sources.
/// </summary>
internal sealed class CallerTextTests
{
    private static bool Speaks(string message, params string[] words) => Array.Exists(words, message.Contains);

    /// <summary>cmd/containerd-shim-runc-v2/process/utils.go, checkKillError. Docker and the CRI plugin want "not found" of it.</summary>
    private static string Shim(string message) => Speaks(message, "os: process already finished", "container not running")
        || message.Contains("no such process", StringComparison.OrdinalIgnoreCase) ? "finished"
        : Speaks(message, "does not exist") ? "no container" : "unknown";

    /// <summary>internal/oci/runtime_oci.go, runtimeCmd, of every command: ErrNotFound ends a stop or a delete well.</summary>
    private static string CriO(string message)
        => Speaks(message, "no such process", "container not running", "invalid process") ? "finished" : "unknown";

    [TestCase("kill", "KILL", "finished", "finished"), TestCase("kill", "TERM", "finished", "finished"),
        TestCase("pause", "", "finished", "finished")]
    [TestCase("update", "", "finished", "finished"), TestCase("resume", "", "unknown", "unknown"),
        TestCase("start", "", "unknown", "unknown")]
    public void What_comes_too_late_is_known_from_a_failure(string verb, string argument, string shim, string criO)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("true"));
        Eventually.Holds(() => runtime.Run("state", id).Output.Contains("stopped"), "the container has stopped");
        string[] command = verb == "update" ? [verb, "--pids-limit", "5", id] : argument.Length > 0 ? [verb, id, argument] : [verb, id];
        Result result = runtime.Run(command);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That((Shim(result.Errors), CriO(result.Errors)), Is.EqualTo((shim, criO)), result.Errors);
    }

    /// <summary>
    /// The shim's process/init.go takes "does not exist" for a deletion that is done; CRI-O deletes by force, and that must succeed.
    /// </summary>
    [TestCase("kill"), TestCase("delete"), TestCase("state"), TestCase("start"), TestCase("pause"), TestCase("resume"), TestCase("ps"),
        TestCase("exec")]
    public void A_container_that_is_not_there_is_told_apart_from_one_that_has_ended(string verb)
    {
        using Runtime runtime = Runtime.Create();
        Result result = runtime.Run(verb == "exec" ? [verb, "nosuch", "true"] : [verb, "nosuch"]);
        Assert.That(result.ExitCode, Is.EqualTo(verb == "exec" ? 255 : 1));
        Assert.That((Shim(result.Errors), CriO(result.Errors)), Is.EqualTo(("no container", "unknown")), result.Errors);
        runtime.Run("delete", "--force", "nosuch").Expect(0);
    }

    /// <summary>
    /// daemon/errors.go of Docker 20.10 to 29: "not a directory" gets its advice about files mounted onto directories, and 127 in `docker
    /// inspect`.
    /// </summary>
    [TestCase("/etc"), TestCase("/etc/passwd")]
    public void A_file_on_a_directory_or_the_other_way_round_is_not_a_directory(string destination)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").Mounting(destination, "bind", destination == "/etc" ? "/etc/hosts" : "/etc", "bind");
        Result result = runtime.RunBundle(bundle);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Errors, Does.Contain("not a directory").And.Not.Contain("permission denied")
            .And.Not.Contain("no such file or directory"));
    }

    /// <summary>
    /// BuildKit (executor/runcexecutor, exitError) takes the number that `runc run` and `runc exec` end with for the build step's own;
    /// go-runc keeps nothing of the text. conmon (src/conmon.c) reports −1 times the number of an exec that failed. Kubernetes reads none
    /// of a runtime's words: its prober (pkg/probe/exec) goes by that number too, and critest (cri-tools, pkg/validate) by what programs
    /// write.
    /// </summary>
    [TestCase("exit 7", 7), TestCase("kill -TERM $$", 143), TestCase("kill -KILL $$", 137), TestCase("true", 0)]
    public void The_number_that_a_build_step_ends_with_is_the_programs(string script, int code)
    {
        using Runtime runtime = Runtime.Create();
        // The first process of a PID namespace is not killed by itself.
        Bundle bundle = runtime.NewBundle("sh", "-c", $"sh -c '{script}'; exit $?");
        Assert.That(runtime.RunBundle(bundle).ExitCode, Is.EqualTo(code));
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Assert.That(runtime.Run("exec", id, "sh", "-c", script).ExitCode, Is.EqualTo(code));
        Assert.That(runtime.Run("exec", id, "nosuch").ExitCode, Is.EqualTo(255));
        Assert.That(runtime.RunBundle(runtime.NewBundle("nosuch")).ExitCode, Is.EqualTo(1));
    }

    /// <summary>
    /// BuildKit (executor_linux.go, detectOOM) reads memory.events of a step that has ended, and deletes it then: `run --keep`.
    /// </summary>
    [Test]
    public void A_container_that_is_kept_has_its_cgroup_until_it_is_deleted()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("true").Write();
        runtime.Run("run", "--keep", "--bundle", bundle.Path, id).Expect(0);
        JsonObject paths =
            JsonNode.Parse(System.IO.File.ReadAllText(System.IO.Path.Combine(runtime.Root, id, "state.json")))!["cgroupPaths"]!.AsObject();
        Assert.That(paths.Select(static path => System.IO.Directory.Exists(path.Value!.GetValue<string>())), Has.All.True);
        Assert.That(paths.Count, Is.Positive);
        runtime.Run("delete", id).Expect(0);
        Assert.That(paths.Select(static path => System.IO.Directory.Exists(path.Value!.GetValue<string>())), Has.All.False);
    }

    /// <summary>
    /// The shim (process/utils.go, getLastRuntimeError) and Podman (oci_conmon_common.go, ociError) decode the log: an object a line with
    /// level and msg, and the last error is what the user sees. Podman decodes the file as one object: the first line must be that error.
    /// </summary>
    [TestCase("create"), TestCase("exec")]
    public void The_log_of_a_failure_is_one_object_with_the_error(string verb)
    {
        using Runtime runtime = Runtime.Create();
        string log = System.IO.Path.Combine(runtime.Work, "log.json"), id = Runtime.NewId();
        string[] command = ["exec", id, "nosuch"];
        if (verb == "create")
            command = ["create", "--bundle", runtime.NewBundle("nosuch").Write().Path, id];
        else
            runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Result result = runtime.Run(["--log", log, "--log-format", "json", .. command]);
        if (verb == "create" && result.ExitCode == 0) // found missing by start
            result = runtime.Run("--log", log, "--log-format", "json", "start", id);
        Assert.That(result.ExitCode, Is.Not.Zero);
        JsonNode line = JsonNode.Parse(System.IO.File.ReadAllText(log))!;
        Assert.That((string?)line["level"], Is.EqualTo("error"));
        Assert.That((string?)line["msg"], Does.Contain("executable file not found in $PATH"));
    }

    /// <summary>
    /// libpod/define/exec_codes.go, ExitCode, of an exec whose session has failed: "not found" and "no such file" are 127, all else is 126.
    /// </summary>
    [TestCase("nosuch", true), TestCase("/nosuch", true), TestCase("/etc", false), TestCase("/etc/passwd", false)]
    public void An_exec_of_podmans_is_not_found_or_cannot_be_invoked(string program, bool missing)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        string said = runtime.Run("exec", id, program).Errors.ToLowerInvariant();
        Assert.That(Speaks(said, "not found", "executable path is empty", "no such file"), Is.EqualTo(missing), said);
    }

    /// <summary>daemon/info_unix.go of Docker, parseRuntimeVersion: "NAME version VERSION", "commit: COMMIT", "spec: VERSION".</summary>
    [Test]
    public void The_version_is_three_lines_that_engines_take_apart()
    {
        using Runtime runtime = Runtime.Create();
        string[] lines = runtime.Run("--version").Expect(0).Output.Split('\n');
        Assert.That(lines[0], Does.Match(@"^\S+ version \S+$"));
        Assert.That(lines[1], Does.Match(@"^commit: \S+$"));
        Assert.That(lines[2], Does.Match(@"^spec: \d+\.\d+\.\d+"));
    }
}
