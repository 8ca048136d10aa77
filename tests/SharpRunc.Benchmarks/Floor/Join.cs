using System;
using static SharpRunc.Benchmarks.Floor.Kernel;

namespace SharpRunc.Benchmarks.Floor;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What it costs a process of one thread to be in its cgroups, in the ways that the runtime uses, in microseconds.</summary>
internal static unsafe class Join
{
    private const int Rounds = 200;

    /// <summary>
    /// Prints the median of writing "0" to the <c>tasks</c> of every v1 hierarchy, and what CLONE_INTO_CGROUP adds to a clone.
    /// </summary>
    /// <param name="cgroup">A name for cgroups that are made and removed.</param>
    /// <param name="unified">Where cgroup2 is mounted.</param>
    public static int Run(string cgroup, string unified)
    {
        double[] writes = new double[Rounds], plain = new double[Rounds], born = new double[Rounds];
        foreach (string hierarchy in Container.Hierarchies)
            MakeDirectory(Path("/sys/fs/cgroup/", hierarchy, "/", cgroup));
        Container.InheritCpuset(cgroup);
        MakeDirectory(Path(unified, "/", cgroup));
        nint target = Open(Path(unified, "/", cgroup), O_DIRECTORY);
        nint[] tasks = Array.ConvertAll(Container.Hierarchies,
            hierarchy => Open(Path("/sys/fs/cgroup/", hierarchy, "/", cgroup, "/tasks"), O_WRONLY));
        int* pipe = stackalloc int[2];
        Must(syscall(SYS_pipe2, (nint)pipe, O_CLOEXEC), "pipe2"u8);
        for (int i = 0; i < Rounds; i++)
        {
            plain[i] = Clone(0, 0);
            born[i] = Clone(CLONE_INTO_CGROUP, (ulong)target);
            writes[i] = Writes(tasks, pipe);
        }
        foreach (string hierarchy in Container.Hierarchies)
            RemoveDirectory(Path("/sys/fs/cgroup/", hierarchy, "/", cgroup));
        RemoveDirectory(Path(unified, "/", cgroup));
        Say(FormattableString.Invariant($"{Median(writes):0.0} {Median(born) - Median(plain):0.0}\n"));
        return 0;
    }

    private static double Writes(nint[] tasks, int* pipe)
    {
        clone_args arguments = new() { exit_signal = SIGCHLD };
        nint pid = Must(syscall(SYS_clone3, (nint)(&arguments), sizeof(clone_args)), "clone3"u8);
        double taken;
        if (pid == 0)
        {
            double begun = Now();
            foreach (nint file in tasks)
                Write(file, "0"u8);
            taken = Now() - begun;
            syscall(SYS_write, pipe[1], (nint)(&taken), sizeof(double));
            syscall(SYS_exit_group, 0);
        }
        Must(syscall(SYS_read, pipe[0], (nint)(&taken), sizeof(double)), "read"u8);
        Must(syscall(SYS_wait4, pid), "wait4"u8);
        return taken;
    }

    private static double Clone(ulong flags, ulong cgroup)
    {
        clone_args arguments = new() { exit_signal = SIGCHLD, flags = flags, cgroup = cgroup };
        double begun = Now();
        nint pid = Must(syscall(SYS_clone3, (nint)(&arguments), sizeof(clone_args)), "clone3"u8);
        if (pid == 0)
            syscall(SYS_exit_group, 0);
        double taken = Now() - begun;
        Must(syscall(SYS_wait4, pid), "wait4"u8);
        return taken;
    }

    private static double Now()
    {
        const int Monotonic = 1;
        long* time = stackalloc long[2];
        syscall(SYS_clock_gettime, Monotonic, (nint)time);
        return time[0] * 1e6 + time[1] / 1e3;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
