using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Engines;

/// <summary>What a user of Docker sees of the failures that are asked about most is enough to mend them.</summary>
internal sealed class FailureTextTests
{
    private Docker docker = null!;

    [OneTimeSetUp]
    public void StartDocker() => docker = new Docker(isDefault: true);

    [OneTimeTearDown]
    public void StopDocker() => docker?.Dispose();

    [TestCase("#!/bin/nosuch\n", "not the interpreter or loader that it names")]
    [TestCase("\u0001\u0002\u0003\u0004", "a script without a #! line, or a program for another architecture")]
    [TestCase(null, "executable file not found in $PATH")]
    public void A_program_that_cannot_be_executed(string? content, string words)
    {
        string program = "nosuchprogram";
        string[] volume = [];
        if (content is not null)
        {
            program = Path.Combine(docker.Work, "program");
            File.WriteAllText(program, content);
            File.SetUnixFileMode(program, (UnixFileMode)0x1ED);
            volume = ["-v", $"{program}:{program}"];
        }
        Result result = docker.Run(["--rm", .. volume, "bb", program]);
        Assert.That(result.ExitCode, Is.InRange(125, 127), result.Errors);
        Assert.That(result.Errors, Does.Contain(words));
    }

    [Test]
    public void A_file_on_a_directory()
        => Assert.That(docker.Run("--rm", "-v", "/etc/hostname:/bin", "bb", "true").Errors,
            Does.Contain("/bin").And.Contain("one of source and destination is a directory and the other is not"));

    [Test]
    public void A_profile_that_forbids_what_the_runtime_needs()
    {
        string profile = Path.Combine(docker.Work, "profile.json");
        File.WriteAllText(profile, """
            { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["execve"], "action": "SCMP_ACT_ERRNO" }] }
            """);
        Assert.That(docker.Run("--rm", "--security-opt", $"seccomp={profile}", "bb", "true").Errors,
            Does.Contain("operation not permitted").And.Contain("a seccomp profile or a security module forbids execve"));
    }

    [Test]
    public void A_sysctl_that_does_not_exist()
        => Assert.That(docker.Run("--rm", "--sysctl", "net.nosuch.thing=1", "bb", "true").Errors,
            Does.Contain("net.nosuch.thing").And.Contain("no such file or directory"));

    [Test]
    public void A_limit_of_memory_below_what_a_start_needs()
    {
        const string Eats = "yes | tr \\\\n x | head -c 30m | tail";
        Assert.That(docker.Run("--rm", "--memory", "6m", "--memory-swap", "6m", "bb", "sh", "-c", Eats).ExitCode, Is.EqualTo(137));
    }

    /// <summary>Engines look for these words in messages, and a hint is part of the message in JSON.</summary>
    [Test]
    public void No_hint_has_words_that_engines_look_for()
    {
        string folder = Path.Combine(Repository.Root, "src");
        string[] sources = [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).SelectMany(File.ReadAllLines)
            .Where(static line => line.Contains("Hint", System.StringComparison.Ordinal))];
        Assert.That(sources, Is.Not.Empty);
        Assert.That(sources.Where(static line => Regex.IsMatch(line, "\"[^\"]*(no such file|not found|permission denied|not a directory|"
            + "not permitted|exec format|does not exist|already exists|not running)[^\"]*\"")), Is.Empty);
    }
}
