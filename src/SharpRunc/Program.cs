using System.Diagnostics.CodeAnalysis;
using SharpRunc.Linux;

namespace SharpRunc;

using static SharpRunc.Linux.LibC.Libc;

internal static class Program
{
    [DynamicDependency(nameof(Entry.Begin), typeof(Entry))]
    [DynamicDependency(nameof(StartUp.Attributes), typeof(StartUp))]
    [DynamicDependency(nameof(StartUp.Random), typeof(StartUp))]
    [DynamicDependency(nameof(StartUp.Sysconf), typeof(StartUp))]
    private static int Main(string[] args)
    {
        // With SIGXFSZ blocked, a write beyond the caller's RLIMIT_FSIZE fails with EFBIG and is rolled back, instead of killing the
        // runtime halfway. Programs that it executes get the signal unblocked.
        Sys.SigProcMask(SIG_BLOCK, 1UL << (SIGXFSZ - 1));
        return CommandLine.Run(ProcessStrings.Arguments(args));
    }
}
