using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The processes that criu has restored and still holds. criu knows a container as a tree of processes.</summary>
internal sealed class RestoredProcesses
{
    private readonly List<string> pids = [];

    public RestoredProcesses(int init)
    {
        Init = init;
        pids.Add(init.ToString(CultureInfo.InvariantCulture));
        for (int i = 0; i < pids.Count; i++)
        {
            using Fd tasks = Proc.OpenFile($"{pids[i]}/task", O_RDONLY | O_DIRECTORY);
            foreach (string thread in Sys.ReadDirectory(tasks, "task"))
            {
                Threads.Add($"{pids[i]}/task/{thread}");
                pids.AddRange(Proc.Read(Threads[^1] + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }
    }

    public int Init { get; }

    public ProcFs Proc { get; } = ProcFs.Open();

    /// <summary>Paths below /proc: <c>1234/task/1235</c>.</summary>
    public List<string> Threads { get; } = [];

    /// <summary>
    /// Stops the processes, so that they do not execute an instruction when criu releases them. Killed instead, a container of more than
    /// one process would never end: criu, which holds them all, waits for the first, and the first waits for the others.
    /// </summary>
    public void Stop()
    {
        foreach (string pid in pids)
            using (PidFd process = PidFd.Open(int.Parse(pid, CultureInfo.InvariantCulture)))
                process.Signal(SIGSTOP);
    }
}
