using SharpRunc.Core.Messages;

namespace SharpRunc.Core.LastMile;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// From credentials to execve: blittable calls on prepared memory, in the only order that works. Without no_new_privs seccomp is loaded
/// first (loading needs CAP_SYS_ADMIN); with it, as late as possible. A process born inside inherits the filter
/// (<see cref="FilterMoment"/>).
/// </summary>
internal static unsafe class LastMileRunner
{
    /// <summary>
    /// Base of the exit status, to which the stage is added: this reports the failure even if a profile forbids write(2).
    /// </summary>
    public const int FailedStage = 200;

    private const nint AllSignals = 64;

    /// <summary>A profile may answer a call with EINTR for ever.</summary>
    private const int MaxTries = 100;

    /// <summary>Never returns.</summary>
    public static void Run(LastMileData* data)
    {
        ResetSignals(waits: data->ExecFifo >= 0);
        if (data->DropsMemoryBeforeFilter != 0)
            DropMemory(data);
        if (data->NoNewPrivileges != 0 && syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1) != 0)
            Fail(data, LastMileStage.NoNewPrivileges);
        if (data->Scheduler is not null && syscall(SYS_sched_setattr, 0, (nint)data->Scheduler) != 0)
            Fail(data, LastMileStage.Scheduler);
        if (data->IoPriority >= 0 && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, data->IoPriority) != 0)
            Fail(data, LastMileStage.IoPriority);
        if (data->Personality >= 0 && syscall(SYS_personality, (nint)data->Personality) == -1)
            Fail(data, LastMileStage.Personality);
        if (data->MemoryPolicy >= 0 && syscall(SYS_set_mempolicy, data->MemoryPolicy, (nint)data->Nodes, data->NodeBits) != 0)
            Fail(data, LastMileStage.MemoryPolicy);
        for (int i = 0; i < data->CloseCount; i++)
            if (syscall(SYS_close_range, (nint)data->Close[i].First, (nint)data->Close[i].Last) != 0)
                Fail(data, LastMileStage.CloseDescriptors);

        bool inCwd = Credentials.TryEnterCwd(data); // early, so that the profile need not allow getcwd for it
        if (data->FilterMoment == FilterMoment.WithPrivilege)
            LoadFilter(data);
        Credentials.Apply(data, inCwd);
        data->Program = Program.Find(data);
        if (data->FilterMoment == FilterMoment.BeforeBirth)
            LoadFilter(data);
        if (data->BirthFilter is not null)
            Load(data, data->BirthFilter, data->BirthFilterFlags);
        if (data->IsBornInside != 0)
            Birth.CloneInside(data);
        Finish(data);
    }

    /// <summary>Continues in the process that will execute the program. Never returns.</summary>
    public static void Finish(LastMileData* data)
    {
        if (data->FilterMoment == FilterMoment.Last)
            LoadFilter(data);
        ReportReady(data);
        if (data->ExecFifo >= 0)
            AwaitStart(data);
        for (int i = 0; i < data->HookCount; i++)
            RunHook(data, i);
        KeepPassedDescriptors(data);
        syscall(SYS_execve, (nint)data->Program, (nint)data->Argv, (nint)data->Envp);
        Fail(data, LastMileStage.Execve);
    }

    /// <summary>
    /// Reports the failure to the current listener (the creating runtime, or `start`) and exits. If a profile forbids even write, the exit
    /// status still shows the stage.
    /// </summary>
    public static void Fail(LastMileData* data, LastMileStage stage, int index = 0, int error = 0)
    {
        Failure failure;
        failure.Kind = (byte)Message.Failure;
        failure.Stage = (byte)stage;
        failure.TimedOut = 0;
        failure.Errno = error != 0 ? error : errno;
        failure.Index = index;
        failure.Status = 0;
        failure.Milliseconds = 0;
        failure.TextLength = 0;
        ReportAndExit(data, &failure);
    }

    private static void ReportAndExit(LastMileData* data, Failure* failure)
    {
        syscall(SYS_write, data->Channel >= 0 ? data->Channel : data->ExecResult, (nint)failure, sizeof(Failure));
        Exit(FailedStage + failure->Stage);
    }

    /// <summary>
    /// Never returns. No profile can forbid a fault: SIGSEGV has its default disposition by now, and a signal that the kernel forces is
    /// neither blocked nor withheld from process 1.
    /// </summary>
    public static void Exit(nint status)
    {
        syscall(SYS_exit_group, status);
        syscall(SYS_exit, status);
        while (true)
            *(byte*)(status + 1) = 0; // in the first page, which is never mapped
    }

    private static void LoadFilter(LastMileData* data)
    {
        if (data->Filter is null)
            return;
        Load(data, data->Filter, data->FilterFlags);
        if (data->TemporaryCapabilities == 0)
            return;
        data->TemporaryCapabilities = 0;
        Credentials.ApplyCapabilities(data);
    }

    private static void Load(LastMileData* data, sock_fprog* filter, uint flags)
    {
        nint result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (nint)flags, (nint)filter);
        if (result < 0)
            Fail(data, LastMileStage.Seccomp);
        if ((flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0)
            SendListener(data, (int)result);
    }

    /// <summary>
    /// Has the runtime duplicate the descriptor (pidfd_getfd(2)) and pass it on, before the next call that the filter may block.
    /// </summary>
    private static void SendListener(LastMileData* data, int listener)
    {
        ListenerNumber message;
        message.Kind = (byte)Message.Listener;
        message.Fd = listener;
        byte taken;
        if (syscall(SYS_write, data->Channel, (nint)(&message), sizeof(ListenerNumber)) != sizeof(ListenerNumber)
            || syscall(SYS_read, data->Channel, (nint)(&taken), 1) != 1)
            Fail(data, LastMileStage.Listener);
        syscall(SYS_close, listener);
    }

    /// <summary>
    /// From here on the process does not depend on the runtime: the runtime's death does not kill it. Signals are unblocked, at their
    /// default dispositions.
    /// </summary>
    private static void ReportReady(LastMileData* data)
    {
        syscall(SYS_prctl, PR_SET_PDEATHSIG, 0);
        ulong none = 0;
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, (nint)(&none), 0, sizeof(ulong));
        byte ready = (byte)Message.Ready;
        if (syscall(SYS_write, data->Channel, (nint)(&ready), 1) != 1)
            Fail(data, LastMileStage.Ready);
    }

    /// <summary>One byte in exec.fifo means start. Later failures are reported through exec.result.</summary>
    private static void AwaitStart(LastMileData* data)
    {
        syscall(SYS_close, data->Channel);
        data->Channel = -1;
        // Clean pages of the binary: those still needed come back from the page cache.
        for (int i = 0; i < data->CleanCount; i++)
            syscall(SYS_madvise, data->Clean[i].Start, data->Clean[i].Length, MADV_DONTNEED);
        if (data->IsBornInside == 0 && data->DropsMemoryBeforeFilter == 0)
            DropMemory(data);
        if (data->MayBeJoined != 0)
            syscall(SYS_prctl, PR_SET_DUMPABLE, 1);
        byte start;
        nint got;
        int tries = 0;
        do
            got = syscall(SYS_read, data->ExecFifo, (nint)(&start), 1);
        while (got == -1 && errno == EINTR && ++tries < MaxTries);
        if (got != 1)
            Fail(data, LastMileStage.Wait);
    }

    /// <summary>
    /// Drops all memory except the binary, the last mile's own memory and the stack pages in use, because nothing above returns. Between
    /// the ranges there are holes, and kernel pages that cannot be dropped.
    /// </summary>
    private static void DropMemory(LastMileData* data)
    {
        byte here;
        nint page = (nint)(&here) & ~(PageSize - 1), below = page - 2 * PageSize, above = page + 3 * PageSize;
        for (int i = 0; i < data->DroppedCount; i++)
            syscall(SYS_madvise, data->Dropped[i].Start, data->Dropped[i].Length, MADV_DONTNEED);
        if (below > data->StackLow)
            syscall(SYS_madvise, data->StackLow, below - data->StackLow, MADV_DONTNEED);
        if (above < data->StackHigh)
            syscall(SYS_madvise, above, data->StackHigh - above, MADV_DONTNEED);
    }

    private static void RunHook(LastMileData* data, int index)
    {
        HookOutcome outcome;
        HookData* hook = &data->Hooks[index];
        Spawn.Run(hook, &outcome);
        if (outcome.Errno == 0 && outcome.Status == 0 && outcome.TimedOut == 0)
            return;
        Failure failure;
        failure.Kind = (byte)Message.Failure;
        failure.Stage = (byte)LastMileStage.Hook;
        failure.TimedOut = outcome.TimedOut;
        failure.Errno = outcome.Errno;
        failure.Index = index;
        failure.Status = outcome.Status;
        failure.Milliseconds = outcome.Milliseconds;
        failure.TextLength = Spawn.ReadTail(hook->Output, failure.Text, Failure.TextSize);
        ReportAndExit(data, &failure);
    }

    /// <summary>Resets ignored signals, which survive execve: .NET ignores SIGPIPE, and the caller may have ignored others.</summary>
    /// <param name="waits">Whether this is the init, which waits for start. Process 1 ignores signals without a handler
    /// (pid_namespaces(7)), so nothing could ask a created container to end. execve removes the handlers.</param>
    public static void ResetSignals(bool waits = false)
    {
        // The kernel's struct sigaction: handler, flags, restorer, mask.
        nint* action = stackalloc nint[4];
        for (int i = 0; i < 4; i++)
            action[i] = 0;
        for (nint signal = 1; signal <= AllSignals; signal++)
        {
            bool isAskedToEnd = waits && signal is (SIGHUP or SIGINT or SIGQUIT or SIGTERM);
            action[0] = isAskedToEnd ? (nint)(delegate*<int, void>)&ExitOnSignal : 0;
            action[1] = isAskedToEnd ? SA_RESTORER : 0; // x86-64 calls no handler without one; ExitOnSignal never returns to it
            syscall(SYS_rt_sigaction, signal, (nint)action, 0, sizeof(ulong));
        }
    }

    /// <summary>
    /// Called by the kernel. For one integer argument C's calling convention and ours are the same, and nothing here needs .NET.
    /// </summary>
    private static void ExitOnSignal(int signal) => Exit(128 + signal);

    /// <summary>Clears close-on-exec on the caller's descriptors that are passed on. All our own descriptors keep it.</summary>
    private static void KeepPassedDescriptors(LastMileData* data)
    {
        for (int i = 0; i < data->PassedCount; i++)
            for (uint number = data->Passed[i].First; number <= data->Passed[i].Last; number++)
                syscall(SYS_fcntl, (nint)number, F_SETFD, 0);
    }
}
