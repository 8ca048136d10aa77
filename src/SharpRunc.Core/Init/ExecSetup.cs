using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rootfs;
using SharpRunc.Core.Security;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Another process of a container, from clone3 to the last mile. The container is hostile by now: nothing in it is trusted, no path is
/// looked up in it before its root is ours, and processes in its PID namespace cannot look into us (undumpable, CVE-2016-9962).
/// </summary>
internal static unsafe class ExecSetup
{
    /// <summary>Never returns: the last mile ends by executing the program.</summary>
    /// <param name="awaitsCgroup">systemd moves the process into the container's cgroup; it waits for that.</param>
    public static void Run(ExecPlan plan, Channel channel, bool awaitsCgroup)
    {
        Steps.Disable(); // the log belongs to the host
        foreach (Fd tasks in plan.Tasks)
            Sys.Write(tasks, "0"u8, "tasks");
        CallerKeyring.Release();
        SetAffinity(plan);
        OomScore.Set(plan);
        if (plan.IsKeyringOutside)
            Keyring.Join(plan);
        bool keepsGroups = EnterNamespaces(plan);
        if (awaitsCgroup)
            channel.Await(Message.Cgroups);
        EnterRoot(plan);
        // Outside, too: the process born inside could be made to open the caller's terminal before its own setsid.
        Sys.SetSid();
        if (!plan.IsKeyringOutside)
            Keyring.Join(plan);

        Inherited inherited = new(Sys.Umask(0), keepsGroups);
        Linux.Root root = new(Sys.OpenAt(Fd.Cwd, "/", O_PATH | O_DIRECTORY));
        if (plan.Process!.Terminal)
            Terminal.SetUpForExec(root, plan, channel);
        Stdio.SetOwners(plan, root, channel);
        Progress.Enter(Stage.LastMile);
        LastMileData* data = LastMileLayout.ForExec(plan, channel, root, inherited);
        Labels.Apply(plan);
        InitSetup.RequestLimits(plan, channel);
        Trace.Leave();
        LastMileRunner.Run(data);
    }

    /// <summary>Joins all namespaces in one call: the kernel joins the user namespace first, and either all of them or none.</summary>
    /// <returns>Whether the caller's supplementary groups stay.</returns>
    private static bool EnterNamespaces(ExecPlan plan)
    {
        Sys.Prctl(PR_SET_DUMPABLE, 0, "DUMPABLE"); // CVE-2016-9962: processes inside must not look into us
        if (plan.Namespaces != 0)
            Join(plan);
        return plan.HasUser ? InitSetup.BecomeRoot(plan, isShared: true) : InitSetup.DropGroups(plan);
    }

    private static void EnterRoot(ExecPlan plan)
    {
        if (plan.Root is null)
            return; // joining the mount namespace has entered its root
        Sys.Fchdir(plan.Root, "the container's root");
        Sys.Chroot(".");
    }

    private static void Join(ExecPlan plan)
    {
        using Fd own = Sys.OpenAt(Fd.Cwd, "/proc/self/ns", O_PATH | O_DIRECTORY); // while /proc is still the host's
        SysError error = Sys.TrySetns(plan.Target.Fd, plan.Namespaces, "the container's namespaces");
        if (error.Errno == ESRCH)
        {
            const string Text = "cannot exec in a stopped container, or in one whose main thread has ended in the meantime: "
                + "its namespaces no longer exist";
            throw new ContainerException(ErrorCode.ContainerStopped, Text) { Errno = ESRCH };
        }
        error.ThrowIfFailed();
        NamespaceOwners.Require(plan, own);
    }

    /// <summary>
    /// config.md#execcpuaffinity: `final` applies once the process is in the cgroup. If it is not set, the caller's affinity is not passed
    /// on.
    /// </summary>
    private static void SetAffinity(ExecPlan plan)
    {
        if (plan.FinalAffinity is { } final)
            CpuAffinity.Set(final, "/execCPUAffinity/final");
        else if (!plan.KeepsAffinity)
            CpuAffinity.Reset();
    }
}
