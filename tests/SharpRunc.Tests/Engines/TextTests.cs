using System;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>
/// Engines look for words in our last error to tell a program that is missing (127) or may not be run (126) from all else (125), and a
/// process that has ended from a kill that failed. What each generation looks for is here as it reads it.
/// </summary>
internal sealed class TextTests
{
    private static readonly (string Engine, Func<string, string, int> ExitCode)[] Engines =
    [
        // daemon/errors.go translateContainerdStartErr, then cli/command/container/run.go runStartContainerErr.
        ("Docker 20.10 to 23", static (message, _) => Has(message, "executable file not "
            + "found", "no such file or directory", "system cannot find the file specified") ? 127
            : Has(message, "permission denied") ? 126 : 125),
        ("Docker 24 to 28", static (message, _) => Has(message, "executable file not "
            + "found", "no such file or directory", "system cannot find the file specified", "failed to run runc create/exec call") ? 127
            : Has(message, "permission denied", "is a directory") ? 126 : 125),
        // libpod/oci_util.go getOCIRuntimeError, of Podman 2 to 5: permission first.
        ("Podman", static (message, _) => Regex.IsMatch(message, "(?i).*permission denied.*|.*operation not permitted.*") ? 126
            : Regex.IsMatch(message, "(?i).*executable file not found in.*|.*no such file or directory.*|.*open executable.*") ? 127 : 125),
        // The daemon of 20.10 keeps the container's own exit code only if the message names the program.
        ("the container that Docker 20.10 "
            + "leaves", static (message, program) => Has(message, program)
                && Has(message, "executable file not found", "no such file or directory") ? 127
            : Has(message, "permission denied") ? 126 : 125),
    ];

    private static bool Has(string message, params string[] words)
        => Array.Exists(words, word => message.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static void MeansToEngines(Result result, string program, int code)
    {
        foreach ((string engine, Func<string, string, int> exitCode) in Engines)
            Assert.That(exitCode(result.Errors, program), Is.EqualTo(code), $"{engine}: {result.Errors}");
    }

    [TestCase("nosuch", 127), TestCase("/nosuch", 127), TestCase("/bin/nosuch", 127), TestCase("/etc/passwd", 126), TestCase("/etc", 126),
        TestCase("/", 126)]
    public void A_program_that_cannot_be_started_is_126_or_127_to_every_generation_of_engines(string program, int code)
    {
        using Runtime runtime = Runtime.Create();
        Result run = runtime.RunBundle(runtime.NewBundle(program));
        MeansToEngines(run, program, code);
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        MeansToEngines(runtime.Run("exec", id, program), program, code);
    }

    [Test]
    public void A_limit_whose_file_the_kernel_lacks_is_no_missing_program()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["resources"] = new System.Text.Json.Nodes.JsonObject
        {
            ["hugepageLimits"] =
            new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["pageSize"] = "3MB", ["limit"] = 0 })
        };
        Result result = runtime.RunBundle(bundle);
        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Errors, Does.Contain("hugetlb"));
        MeansToEngines(result, "true", 125);
    }

    [Test]
    public void A_working_directory_that_is_none_is_named_with_its_path()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["cwd"] = "/etc/passwd";
        runtime.RunBundle(bundle).ExpectError("chdir to cwd (").ExpectError("/etc/passwd")
            .ExpectError("set in config.json failed: not a directory");
    }

    /// <summary>
    /// containerd's shim, checkKillError: these are "already finished" and "no such container", all else is "unknown error after kill".
    /// </summary>
    [Test]
    public void A_kill_that_comes_late_says_so_in_containerds_words()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("true");
        runtime.StartContainer(id, bundle);
        Eventually.Holds(() => runtime.Run("state", id).Output.Contains("stopped"), "the container has stopped");
        Assert.That(Has(runtime.Run("kill", id, "KILL").Errors, "os: process already finished", "container not running", "no such process"),
            Is.True);
        runtime.Run("exec", id, "true").ExpectError("cannot exec in a stopped container", 255);
        runtime.Run("delete", id).Expect(0);
        foreach (string verb in new[] { "kill", "delete", "state", "start" })
            runtime.Run(verb, id).ExpectError("does not exist");
    }
}
