using System.Diagnostics.CodeAnalysis;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc;

internal static class Program
{
    [DynamicDependency(nameof(Entry.Begin), typeof(Entry))]
    [DynamicDependency(nameof(StartUp.Attributes), typeof(StartUp))]
    [DynamicDependency(nameof(StartUp.Random), typeof(StartUp))]
    [DynamicDependency(nameof(StartUp.Sysconf), typeof(StartUp))]
    private static int Main(string[] args)
    {
        // What is larger than the caller's RLIMIT_FSIZE fails with EFBIG and is undone; the signal would end us halfway. What we execute gets it.
        Sys.SigProcMask(SIG_BLOCK, 1UL << (SIGXFSZ - 1));
        return CommandLine.Run(ProcessStrings.Arguments(args));
    }
}
