using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed partial class RepeatedCallTests
{
    /// <summary>
    /// Calls that say something else each time though their arguments look alike: reads and waits; memory that is mapped,
    /// given back and mapped again by the language's runtime; and closing, whose number is reused.
    /// </summary>
    private static readonly HashSet<string> Exceptions =
    [
        "read", "pread64", "recvmsg", "recvfrom", "getdents64", "poll", "ppoll", "wait4", "waitid", "futex", "nanosleep", "clock_nanosleep",
            "lseek",
        "mmap", "munmap", "mprotect", "madvise", "brk", "close", "sched_yield", "restart_syscall",
        // Each makes a new thing, and the mask is put back to what it was.
        "fsopen", "fsmount", "open_tree", "rt_sigprocmask",
    ];

    /// <summary>Single calls that are meant to come twice, each with its reason.</summary>
    private static readonly string[] Expected =
    [
        // The language's runtime looks at its limits when it starts, once for the process and once for the collector.
        "statfs(\"/sys/fs/cgroup\"", "sysinfo(", "sched_getaffinity(", "\"/sys/devices/system/cpu/possible\"",
            "prlimit64(0, RLIMIT_AS, NULL", "prlimit64(0, RLIMIT_STACK, NULL", "getpid()",
        // `creating`, then `created`: a crash between them leaves what delete can read.
        "\".state.json\"",
        // Armed again after every change of credentials, which clears it.
        "prctl(PR_SET_PDEATHSIG",
        // The parent of a missing mount point is looked up for each: the mount before may have changed what its path means.
        "{flags=O_RDONLY|O_CLOEXEC|O_PATH|O_DIRECTORY, resolve=RESOLVE_NO_MAGICLINKS|RESOLVE_IN_ROOT}",
        // The directories of the state root and of the log are looked at; here they are one.
        "stx_attributes=0, stx_mode=S_IFDIR|0700",
        // Behind pivot_root, and as the process's own cwd.
        "chdir(\"/\")",
    ];

    [Test]
    public void No_call_of_create_is_repeated_with_the_same_arguments_and_result()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.Adopt(Bundle.FromFile(Repository.Data("bundles", "docker-default.json"))).Write();
        List<List<Strace.Call>> processes = Strace.TraceContainer(runtime, bundle, "one");
        runtime.Run("delete", "--force", "one").Expect(0);
        int total = 0;
        List<string> repeated = [];
        foreach (List<Strace.Call> calls in processes)
        {
            HashSet<string> seen = [];
            Dictionary<string, int> generations = [];
            foreach (Strace.Call call in calls)
            {
                total++;
                // A program that has just been executed knows nothing of what the one before has asked.
                if (call.Name.StartsWith("execve", StringComparison.Ordinal))
                    seen.Clear();
                else if (!Exceptions.Contains(call.Name) && !Array.Exists(Expected, call.ToString().Contains)
                    && !seen.Add(WithGenerations(call, generations)))
                    repeated.Add(call.ToString());
                // A number that is returned stands for something new from now on.
                if (Descriptor().Match(call.Result) is { Success: true, Index: 0 } descriptor)
                    generations[descriptor.Groups[1].Value] = generations.GetValueOrDefault(descriptor.Groups[1].Value) + 1;
            }
        }
        TestContext.Out.WriteLine($"create makes {total} system calls in {processes.Count} processes and threads");
        Assert.That(repeated, Is.Empty, () => string.Join("\n", repeated));
    }

    private static string WithGenerations(Strace.Call call, Dictionary<string, int> generations)
        => call.Name + Descriptor()
        .Replace(call.Arguments, match => $"{match.Value}#{generations.GetValueOrDefault(match.Groups[1].Value)}") + " = " + call.Result;

    [GeneratedRegex(@"(?<![A-Za-z0-9_])(\d+)<[^>]*>")]
    private static partial Regex Descriptor();
}
