using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Checking;

/// <summary>
/// If check finds no error, create of the same bundle succeeds; if create fails, check has said so. Configs that are almost right, as many
/// as ten seconds hold; `make soak` takes more.
/// </summary>
internal sealed partial class AgreementTests
{
    private static readonly bool Soak = Environment.GetEnvironmentVariable("SOAK") is not null;

    private static readonly int Most = Soak ? 1500 : 200, AtLeast = 20;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(Soak ? 300 : 10);

    /// <summary>What create says of bundles in which check finds no error, and why check cannot know.</summary>
    private static readonly (string Said, string Reason)[] Exceptions =
    [
        ("exists and is not the FIFO that the config lists", "a device in a mount: what a mount brings is not judged"),
        ("session keyring: disk quota exceeded", "the kernel takes its time to free the keyrings of those before"),
        ("container init was OOM-killed", "how much memory the set-up takes differs by kernel"),
    ];

    private const string MappedUsers = """
        { "process": { "user": { "uid": 3, "gid": 4, "additionalGids": [7, 8] }, "cwd": "/tmp", "noNewPrivileges": false,
            "apparmorProfile": "", "selinuxLabel": "" },
          "linux": {
            "namespaces": [{ "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }, { "type": "user" }, { "type": "cgroup" }, { "type": "time" }],
            "uidMappings": [{ "containerID": 0, "hostID": 100000, "size": 1000 }, { "containerID": 1000, "hostID": 1000, "size": 1 }],
            "gidMappings": [{ "containerID": 0, "hostID": 100000, "size": 1000 }] } }
        """;

    private const string Limited = """
        { "process": { "ioPriority": { "class": "IOPRIO_CLASS_RT", "priority": 1 }, "scheduler": { "policy": "SCHED_OTHER", "nice": -3 } },
          "linux": { "resources": {
            "cpu": { "shares": 100, "quota": 50000, "period": 100000, "cpus": "0", "mems": "0", "idle": 0 },
            "memory": { "limit": 100000000, "reservation": 50000000, "swap": 200000000, "swappiness": 10 },
            "blockIO": { "weight": 10, "throttleReadBpsDevice": [] },
            "pids": { "limit": 60 } },
            "memoryPolicy": { "mode": "MPOL_BIND", "nodes": "0" },
            "mountLabel": "", "maskedPaths": ["/proc/acpi", "/nothing"], "readonlyPaths": ["/proc/sys", "/nothing"] } }
        """;

    [TestCase("{}")]
    [TestCase(MappedUsers)]
    [TestCase(Limited)]
    public void What_create_refuses_check_has_found_and_what_it_takes_has_no_error(string more)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        BundleMutants mutants = new(bundle, BundleMutants.More, more);
        bundle.Write(mutants.Full.ToJsonString());
        Assert.That(Errors(runtime, bundle), Is.Empty);
        Compare(runtime, bundle, mutants.Next);
    }

    [Test]
    public void So_it_is_with_what_engines_write([ValueSource(typeof(CapturedBundle), nameof(CapturedBundle.Alone))] string file)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = CapturedBundle.Of(runtime, file);
        if (file == "podman-default.json")
            bundle.Process.Remove("rlimits"); // more than most callers may give
        BundleMutants mutants = new(bundle);
        Assert.That(Errors(runtime, bundle.Write()), Is.Empty);
        Compare(runtime, bundle, mutants.Next);
    }

    private static void Compare(Runtime runtime, Bundle bundle, Func<Dice, string?> next)
    {
        Stopwatch clock = Stopwatch.StartNew();
        List<string> differences = [];
        int taken = 0, refused = 0;
        Dice.Roll(Most, dice =>
        {
            if (clock.Elapsed > Budget || next(dice) is not { } mutant)
                return;
            bundle.Write(mutant);
            string[] errors = Errors(runtime, bundle);
            string id = Runtime.NewId();
            Result create = runtime.Run("create", "--bundle", bundle.Path, id);
            bool starts = create.ExitCode == 0 && (errors.Length == 0 || runtime.Run("start", id).ExitCode == 0);
            if (create.ExitCode == 0)
                runtime.Run("delete", "--force", id).Expect(0);
            (taken, refused) = create.ExitCode == 0 ? (taken + 1, refused) : (taken, refused + 1);
            bool isKnown = Exceptions.Any(one => create.Errors.Contains(one.Said, StringComparison.Ordinal));
            if (!Agree(create, starts, errors) && !isKnown)
                differences.Add($"create: {create.ExitCode} {create.Errors.Trim()}\n  check: {string.Join("\n         ", errors)}\n"
                    + $"  {mutant}");
        });
        TestContext.Out.WriteLine($"{taken} taken, {refused} refused in {clock.ElapsedMilliseconds} ms");
        Assert.That(differences, Is.Empty);
        Assert.That(taken, Is.Positive);
        Assert.That(taken + refused, Is.GreaterThan(AtLeast));
    }

    /// <summary>
    /// What create stops at is among what check finds: the same property, or one around or within it. A profile that stops a call of the
    /// runtime shows as what the call was for, and one that stops execve only at start.
    /// </summary>
    private static bool Agree(Result create, bool starts, string[] errors)
    {
        if (create.ExitCode == 0)
            return starts == (errors.Length == 0);
        Match said = Pointer().Match(create.Errors);
        bool isOfProfile = Array.Exists(errors, static error => error.StartsWith("/linux/seccomp/", StringComparison.Ordinal));
        return errors.Length > 0 && (!said.Success || isOfProfile || Array.Exists(errors, error => IsAround(error, Unquoted(said))));
    }

    private static bool IsAround(string error, string pointer)
    {
        string found = error[..error.IndexOf(": ", StringComparison.Ordinal)];
        return pointer.StartsWith(found, StringComparison.Ordinal) || found.StartsWith(pointer, StringComparison.Ordinal);
    }

    private static string Unquoted(Match said) => said.Groups[2].Success ? said.Groups[2].Value : Regex.Unescape(said.Groups[1].Value);

    [GeneratedRegex(@" pointer=(?:""(.*?)(?<!\\)""|(\S+))")]
    private static partial Regex Pointer();

    private static string[] Errors(Runtime runtime, Bundle bundle)
    {
        Result result = runtime.Run("check", "--json", bundle.Path);
        Assert.That(result.ExitCode, Is.LessThan(2), result.Errors);
        return [.. JsonNode.Parse(result.Output)!["problems"]!.AsArray()
            .Where(problem => (string)problem!["severity"]! == "error")
            .Select(problem => $"{problem!["pointer"]}: {problem["message"]}")];
    }
}
