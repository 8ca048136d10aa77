using SharpRunc.Core.LastMile;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The process was killed during set-up; the cgroup knows whether memory was the reason.</summary>
internal sealed class KilledException(string message) : ContainerException(message)
{
    /// <param name="isFiltered">The process has a seccomp profile. SIGSYS then comes from the profile, and SIGSEGV means that the profile
    /// even forbids exiting (<see cref="LastMileRunner.Exit"/>).</param>
    public static KilledException By(int signal, bool isFiltered)
    {
        string message = $"the container's process was killed by {Signals.Describe(signal)} while it was set up";
        if (!isFiltered || signal is not (SIGSYS or SIGSEGV))
            return new(message);
        string forbidden = signal == SIGSYS
            ? "a call that the runtime makes before the program"
            : "even write(2), exit_group(2) and exit(2)";
        return new($"{message}: the seccomp profile forbids {forbidden}")
        {
            Pointer = LastMileReport.Profile,
            Hint = LastMileReport.CheckProfile,
        };
    }
}
