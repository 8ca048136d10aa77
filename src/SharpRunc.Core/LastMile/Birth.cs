using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpRunc.Core.Messages;

namespace SharpRunc.Core.LastMile;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// How a process enters a PID namespace that has other processes. They see it from its first moment, and may stop, trace and read it as far
/// as their privileges reach. So everything of the host stays outside. The process that was set up there joins every namespace, takes the
/// program's credentials and closes its descriptors. Only then is its child born inside, with the program's privileges and with no memory
/// but that of the binary and the last mile: no heap, no copy of our stack, no command line and no environment.
/// </summary>
internal static unsafe class Birth
{
    /// <summary>Size in bytes of the message that it writes.</summary>
    public static int MessageSize => sizeof(BornMessage);

    /// <summary>Never returns: the outer process exits here, and the inner one continues in <see cref="LastMileRunner.Finish"/>.</summary>
    public static void CloneInside(LastMileData* data)
    {
        // Holes between the mappings give ENOMEM, after all mappings were handled.
        for (int i = 0; i < data->DroppedCount; i++)
            if (syscall(SYS_madvise, data->Dropped[i].Start, data->Dropped[i].Length, MADV_DONTFORK) != 0 && errno != ENOMEM)
                LastMileRunner.Fail(data, LastMileStage.Birth);
        // A change of ids resets it to fs.suid_dumpable.
        if (syscall(SYS_prctl, PR_SET_DUMPABLE, 0) != 0)
            LastMileRunner.Fail(data, LastMileStage.Birth);
        // The raw clone(2), not clone3(2), which profiles refuse because they cannot check its flags.
        int pid = clone(&RunInside, data->Stack, (int)CLONE_PARENT | SIGCHLD, data, null, null, null);
        if (pid < 0)
            LastMileRunner.Fail(data, LastMileStage.Birth);
        BornMessage message;
        message.Kind = (byte)Message.Born;
        message.Pid = pid;
        syscall(SYS_write, data->Channel, (nint)(&message), sizeof(BornMessage));
        LastMileRunner.Exit(0);
    }

    /// <summary>Runs inside. The runtime sends Go once it knows us; if the runtime is gone, we exit.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int RunInside(void* argument)
    {
        LastMileData* data = (LastMileData*)argument;
        syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
        syscall(SYS_setsid);
        if (data->SetsTerminal != 0 && syscall(SYS_ioctl, 0, TIOCSCTTY, 0) != 0)
            LastMileRunner.Fail(data, LastMileStage.Terminal);
        if (data->ProcessLimit is not null && syscall(SYS_prlimit64, 0, RLIMIT_NPROC, (nint)data->ProcessLimit) != 0)
            LastMileRunner.Fail(data, LastMileStage.ProcessLimit);
        byte go;
        if (syscall(SYS_read, data->Channel, (nint)(&go), 1) != 1)
            LastMileRunner.Exit(1);
        LastMileRunner.Finish(data);
        return 1;
    }
}
