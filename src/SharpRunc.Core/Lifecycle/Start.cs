using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.Init;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>runtime.md#start: writes one byte into exec.fifo. End of file on exec.result means that the program is running.</summary>
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
                throw new ContainerException(ErrorCode.StartState, "cannot start a container that has stopped");
            case Status.Running:
                throw new ContainerException(ErrorCode.StartState, "cannot start an already running container");
            case var other:
                throw new ContainerException(ErrorCode.StartState, $"cannot start a container in the {ContainerStatus.Text(other)} state");
        }
        using NotifyRelay? relay = NotifyRelay.Open(context, container.Directory);
        using PidFd? init = relay is null ? null : container.OpenInit();
        Release(context, container.Directory, container.State, held);
        if (init is not null)
            relay!.Wait(init, container.State.InitPid);
    }

    /// <summary>Releases the waiting init. The lock is held until the init has been told; then it is released, and hooks may run.</summary>
    public static void Release(RuntimeContext context, ContainerDirectory directory, ContainerState state, ContainerLock held)
    {
        Progress.Enter(Stage.Start);
        if (state.Program is null)
            throw new ContainerException(ErrorCode.ProcessMissing, "process property must not be empty") { Pointer = "/process" };
        using Fd result = Sys.OpenAt(directory.Fd, ContainerDirectory.ExecResult, O_RDONLY | O_NONBLOCK);
        using (Fd? fifo = Sys.TryOpenAt(directory.Fd, ContainerDirectory.ExecFifo, O_WRONLY | O_NONBLOCK, out SysError error))
        {
            if (error.Errno == ENXIO)
            {
                Report(result, state); // it may have reported why
                throw EndedEarly(state.InitPid);
            }
            if (fifo is null)
                throw error.ToException();
            Sys.Write(fifo, "0"u8, ContainerDirectory.ExecFifo);
        }
        Sys.UnlinkAt(directory.Fd, ContainerDirectory.ExecFifo);
        held.Dispose();
        try
        {
            AwaitExecution(result, state);
            LogProgram(state.InitPid);
            HookRunner.RunPoststart(state);
        }
        catch (HeldException e)
        {
            throw new ContainerException(ErrorCode.ProcessHeld, e.Message, e)
            {
                Hint = "its program starts when it continues; poststart hooks are not run",
            };
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            // "the runtime MUST generate an error, stop the container, and continue the lifecycle at" deletion and poststop.
            RollBack(context, directory);
            throw;
        }
    }

    /// <summary>Logs the program as the kernel resolved it.</summary>
    public static void LogProgram(int pid)
    {
        if (!Steps.AreEnabled)
            return;
        using Fd? program = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid}/exe", O_PATH, out SysError error);
        string? seen = program is null ? "not to be seen: " + strerror(error.Errno) : ProcFs.TryPathOf(program);
        Steps.Log($"program of process {pid}: {seen}");
    }

    private static void Report(Fd result, ContainerState state)
    {
        Span<byte> record = stackalloc byte[LastMileReport.MaxBytes];
        int length = Sys.TryRead(result, record, ContainerDirectory.ExecResult);
        if (length > 0)
            throw LastMileReport.Read(record[..length], state.Program!, state.StartContainer);
    }

    /// <summary>
    /// The error for an init that has ended. Its report is lost, because there was no reader; `run`, its parent, can still read its status.
    /// </summary>
    private static ContainerException EndedEarly(int pid)
    {
        using Fd? init = Sys.TryPidfdOpen(pid, out _);
        bool hasEnded = init is not null && PidFd.Own(init).WaitExit(1000); // while exiting it closes the FIFO first
        siginfo_t info = hasEnded ? Sys.TryWaitId(P_PID, pid, WEXITED | WNOWAIT | WNOHANG) : default;
        return LastMileReport.EndedEarly(info.si_code == CLD_EXITED ? info.si_status : 0);
    }

    private static void AwaitExecution(Fd result, ContainerState state)
    {
        using Fd? init = Sys.TryPidfdOpen(state.InitPid, out SysError error);
        if (error.Failed && error.Errno != ESRCH)
            throw error.On($"{state.InitPid}").ToException();
        string awaited = state.StartContainer.Length > 0 ? "to run startContainer hooks and its program" : Execution.Awaited;
        Execution.Await(result, init, state.InitPid, new(pid => IsFrozen(state, pid)), state.InitStartTime, awaited);
        Report(result, state);
        // exec.result also ends when the process dies. If something reaps it at once, nothing is left to tell the difference.
        if (Execution.HasFailed(state.InitPid, state.InitStartTime))
            throw new ContainerException(ErrorCode.ProcessKilled, "the container's process was killed before it could run its program")
            { Hint = "killed from outside, by the OOM killer, or by a startContainer hook" };
    }

    private static bool IsFrozen(ContainerState state, int pid)
    {
        using Cgroup cgroup = Cgroup.Open(state.CgroupPaths);
        return cgroup.Freezer.IsFrozen(pid);
    }

    /// <summary>Kills and deletes the container, poststop hooks included. The original error is the one to report.</summary>
    public static void RollBack(RuntimeContext context, ContainerDirectory directory)
    {
        Trace.RollBack();
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
