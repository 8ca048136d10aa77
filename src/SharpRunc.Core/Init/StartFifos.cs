using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>
/// The FIFOs that the init holds until start. An ordinary user's runtime may mount nothing, so its init itself opens them again through a
/// read-only clone: a process of the container that may trace the init can then not change the host's inodes.
/// </summary>
internal static class StartFifos
{
    /// <summary>Called while the host's file systems are visible.</summary>
    public static void Reopen(InitPlan plan)
    {
        if (plan.FifoPlace is not { } place || !plan.Namespaces.HasMount || plan.Namespaces.JoinsMount)
            return;
        try
        {
            using Fd directory = Sys.OpenAt(Fd.Cwd, place.Directory, O_PATH | O_DIRECTORY);
            using Tree? clone = Tree.TryCloneReadOnly(directory);
            if (clone is null)
                return;
            Replace(plan.ExecFifo, clone, place.Fifo);
            Replace(plan.ExecResult, clone, place.Result);
        }
        catch (SysException e)
        {
            // Root of this namespace may not enter the directory, so it is not the owner either, and can change nothing.
            Steps.Log($"the FIFOs of start are not reopened: {e.Message}");
        }
    }

    private static void Replace(Fd held, Tree clone, string name)
    {
        using Fd again = Sys.OpenAt(clone.Fd, name, O_RDWR);
        if (!Inode.Of(again, name).IsSameAs(Inode.Of(held, name)))
            return;
        Sys.Dup2(again, held.Number);
        Sys.Fcntl(held, F_SETFD, FD_CLOEXEC);
    }
}
