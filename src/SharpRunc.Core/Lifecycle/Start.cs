using System;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.Init;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>runtime.md#start: one byte into exec.fifo; the end of exec.result is the program running.</summary>
internal static class Start
{
    public static void Run(RuntimeContext context, string id)
    {
        using Container container = Container.Open(context, id);
        using ContainerLock held = container.Lock();
        switch (container.Status)
        {
            case Status.Created:
                break;
            case Status.Stopped:
                throw new ContainerException("cannot start a container that has stopped");
            case Status.Running:
                throw new ContainerException("cannot start an already running container");
            case var other:
                throw new ContainerException($"cannot start a container in the {ContainerStatus.Text(other)} state");
        }
        using NotifyRelay? relay = NotifyRelay.Open(context, container.Directory);
        using PidFd? init = relay is null ? null : container.OpenInit();
        Go(context, container.Directory, container.State, held);
        if (init is not null)
            relay!.Wait(init, container.State.InitPid);
    }

    /// <summary>Lets the waiting init go, with the lock held until it was told; then hooks may run, and the lock is let go.</summary>
    public static void Go(RuntimeContext context, ContainerDirectory directory, ContainerState state, ContainerLock held)
    {
        if (state.Program is null)
            throw new ContainerException("process property must not be empty") { Pointer = "/process" };
        using Fd result = Sys.OpenAt(directory.Fd, ContainerDirectory.ExecResult, O_RDONLY | O_NONBLOCK);
        using (Fd? fifo = Sys.TryOpenAt(directory.Fd, ContainerDirectory.ExecFifo, O_WRONLY | O_NONBLOCK, out int error))
        {
            if (fifo is null && error == -ENXIO)
            {
                Report(result, state); // it may have told why
                throw AlreadyDead(state.InitPid);
            }
            if (fifo is null)
                throw new SysException("open", ContainerDirectory.ExecFifo, -error);
            Sys.Write(fifo, "0"u8, ContainerDirectory.ExecFifo);
        }
        Sys.UnlinkAt(directory.Fd, ContainerDirectory.ExecFifo);
        held.Dispose();
        try
        {
            AwaitExecution(result, state);
            SayProgram(state.InitPid);
            HookRunner.RunPoststart(state);
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            // "the runtime MUST generate an error, stop the container, and continue the lifecycle at" deletion and poststop.
            Undo(context, directory);
            throw;
        }
    }

    /// <summary>As the kernel found it.</summary>
    public static void SayProgram(int pid)
    {
        if (!Steps.AreSaid)
            return;
        using Fd? program = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid}/exe", O_PATH, out int error);
        Steps.Say($"program of process {pid}: {(program is null ? "not to be seen: " + strerror(-error) : ProcFs.TryPathOf(program))}");
    }

    private static void Report(Fd result, ContainerState state)
    {
        Span<byte> record = stackalloc byte[LastMileReport.MaxBytes];
        int length = Sys.TryRead(result, record, ContainerDirectory.ExecResult);
        if (length > 0)
            throw LastMileReport.Read(record[..length], state.Program!, state.StartContainer);
    }

    /// <summary>What it told is lost with it, since nobody listened yet; its parent, which `run` is, still has its status.</summary>
    private static ContainerException AlreadyDead(int pid)
    {
        using Fd? init = Sys.TryPidfdOpen(pid, out _);
        bool hasEnded = init is not null && PidFd.Own(init).WaitExit(1000); // it closes the FIFO on its way out
        siginfo_t info = hasEnded ? Sys.TryWaitId(P_PID, pid, WEXITED | WNOWAIT | WNOHANG) : default;
        return LastMileReport.AlreadyDead(info.si_code == CLD_EXITED ? info.si_status : 0);
    }

    private static void AwaitExecution(Fd result, ContainerState state)
    {
        using Fd? init = Sys.TryPidfdOpen(state.InitPid, out int error);
        if (init is null && error != -ESRCH)
            throw new SysException("pidfd_open", $"{state.InitPid}", -error);
        Execution.Await(result, init, state.InitPid, state.InitStartTime);
        Report(result, state);
        // The end of exec.result is that of the process, too; whoever reaps it at once leaves nothing to tell.
        if (Execution.HasFailed(state.InitPid, state.InitStartTime))
            throw new ContainerException("the container's process was ended before its program")
            { Hint = "killed from outside, for want of memory, or by a startContainer hook that found it" };
    }

    /// <summary>Kills and deletes it, poststop hooks included; the error that led here is the one to tell.</summary>
    public static void Undo(RuntimeContext context, ContainerDirectory directory)
    {
        try
        {
            Delete.Run(context, directory.Id.Value, force: true);
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            context.Warn($"cleaning up after a failed start: {e.Message}");
        }
    }
}
