using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Init;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;
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

/// <summary>
/// Attributes that a restored process inherits from criu because criu's images do not have them, and that criu inherits from us. They are
/// set as create sets them, not as our caller happens to have them. Scheduler, umask, environment, groups, limits, labels and OOM score are
/// in the images.
/// </summary>
internal static class CriuInheritance
{
    public static void Apply(Config config, string keyring)
    {
        Keyring.Join(keyring);
        CpuAffinity.Reset();
        if (config.Process?.IoPriority is { } priority)
            Sys.SetIoPriority(Scheduling.IoPriority(priority));
        if (config.Linux.Personality is { } personality)
            Sys.SetPersonality(Scheduling.Personality(personality)); // criu dumps it but does not restore it
        if (config.Linux.MemoryPolicy is { } policy)
        {
            byte[] nodes = policy.Nodes is null ? [] : NumberList.TryParse(policy.Nodes, KernelNames.MaxNodes)!;
            Sys.SetMemoryPolicy(Scheduling.MemoryPolicy(policy), nodes);
        }
    }
}
