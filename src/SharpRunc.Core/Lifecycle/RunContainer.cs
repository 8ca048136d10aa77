using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>create and start in one process. When attached, it waits until the container's program ends.</summary>
internal static class RunContainer
{
    /// <returns>The program's exit status, or 128 + signal; 0 when detached.</returns>
    public static int Run(RuntimeContext context, string id, CreateOptions options, RunOptions run)
    {
        if (!run.NoSubreaper)
            Sys.Prctl(PR_SET_CHILD_SUBREAPER, 1, "CHILD_SUBREAPER");
        using Create creation = Create.Make(context, id, options, run.Detach);
        using OomReport? memory = run.Detach ? null : creation.WatchMemory();
        CallerKeyring.Protect();
        creation.Start();
        if (run.Detach)
        {
            creation.Relay?.Wait(creation.Init!.Process, creation.Init.Pid);
            return 0;
        }
        int status = creation.Attached!.Wait(creation.Init!.Process, creation.Init.Pid, creation.Relay, creation.Streams, memory);
        creation.Streams?.Dispose();
        memory!.Report(status);
        if (!run.Keep)
            creation.Delete();
        return status;
    }
}
