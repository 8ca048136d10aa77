using System;
using System.Linq;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Seccomp;

/// <summary>Small profiles that collide often: few names, few values, every action and operator.</summary>
internal static class RandomProfile
{
    public static readonly string[] Names =
    [
        "read", "clone", "socket", "socketcall", "personality", "semop", "ipc", "shmget", "accept", "mmap", "mmap2", "chown32", "execve",
            "openat2", "recvmmsg",
        "futex", "io_uring_setup", "cacheflush", "send", "ioctl", "set_tls", "exit", "getpid",
    ];

    private static readonly string[] Actions =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",
            "SCMP_ACT_TRACE", "SCMP_ACT_LOG",
    ];

    private static readonly string[] Operators =
        ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];

    private static readonly ulong[] Values =
        [0, 1, 2, 16, 0x7E020000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x1_0000_0000, 0x1_0000_0001, 0x5_0000_0002, 0xFFFFFFFF_00000000,
            ulong.MaxValue];

    /// <param name="others">Architectures that may be listed.</param>
    public static Core.Spec.Seccomp Next(Random random, string[] others)
    {
        string[] names = random.GetItems(Names, 1 + random.Next(5));
        string otherwise = random.GetItems(Actions, 1)[0];
        return new Core.Spec.Seccomp
        {
            DefaultAction = otherwise,
            DefaultErrnoRet = Errno(random, otherwise),
            Architectures = random.GetItems(others, random.Next(4)).Distinct().ToArray(),
            Syscalls = [Anchor(otherwise), .. Enumerable.Range(0, 1 + random.Next(6)).Select(_ => Rule(random, names))],
        };
    }

    /// <summary>
    /// A call that all architectures have, without conditions. Where the rule that libseccomp (2.5) would place first is for a call that
    /// the architecture lacks, it leaves out the load of the number along with it, and compares the architecture instead.
    /// </summary>
    private static SeccompRule Anchor(string otherwise)
        => new() { Names = ["getpid"], Action = otherwise == "SCMP_ACT_ALLOW" ? "SCMP_ACT_LOG" : "SCMP_ACT_ALLOW" };

    public static string Describe(Core.Spec.Seccomp profile)
        => $"  {profile.DefaultAction} {profile.DefaultErrnoRet} [{string.Join(' ', profile.Architectures)}]\n"
        + string.Concat(profile.Syscalls.Select(rule =>
            $"    {string.Join(' ', rule.Names)}: {rule.Action} {rule.ErrnoRet} if {string.Join(" and ", rule.Args.Select(a => $"a{a.Index} {a.Op[9..]} {a.Value:x} {a.ValueTwo:x}"))}\n"));

    private static SeccompRule Rule(Random random, string[] names)
    {
        string action = random.GetItems(Actions, 1)[0];
        return new SeccompRule
        {
            Names = random.GetItems(names, 1 + random.Next(2)),
            Action = action,
            ErrnoRet = Errno(random, action),
            Args = Enumerable.Range(0, Math.Max(0, random.Next(5) - 1)).Select(_ => Arg(random)).ToArray(),
        };
    }

    private static uint? Errno(Random random, string action)
        => action is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" && random.Next(2) == 0 ? (uint)random.Next(1, 100) : null;

    private static SeccompArg Arg(Random random)
        => new((uint)random.Next(random.Next(2) == 0 ? 2 : 6), random.GetItems(Values, 1)[0], random.GetItems(Values, 1)[0],
            random.GetItems(Operators, 1)[0]);
}
