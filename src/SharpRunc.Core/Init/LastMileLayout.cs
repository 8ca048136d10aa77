using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What the process has from the runtime's caller, and may keep.</summary>
/// <param name="Umask">config.md#user: it stays unless `umask` is set.</param>
/// <param name="KeepsGroups">
/// The supplementary groups stay: the config says so, or user_namespaces(7) denies setgroups, in the process's user namespace or in one
/// above.
/// </param>
internal readonly record struct Inherited(uint Umask, bool KeepsGroups);

/// <summary>Lays out in native memory what the last mile needs. This is the last code that may allocate.</summary>
internal static unsafe class LastMileLayout
{
    private const int StackSize = 64 * 1024;

    /// <param name="pagemap">The pagemap of this process.</param>
    public static LastMileData* ForInit(InitPlan plan, Channel channel, Linux.Root root, Fd? pagemap, Inherited inherited)
    {
        // A container without a process is set up completely and waits like any other; `start` refuses it.
        Process process = plan.Process ?? new Process { Cwd = "/" };
        List<string> environment = Environment(process, root);
        if (plan.ListenFds > 0)
        {
            environment.Add($"LISTEN_FDS={plan.ListenFds}");
            environment.Add("LISTEN_PID=1");
        }
        LastMileData* data = LayOut(plan, process, channel, environment, inherited);
        data->ExecFifo = plan.ExecFifo.Number;
        data->ExecResult = plan.ExecResult.Number;
        data->MayBeJoined = plan is { IsPrivileged: false, HasUser: true } ? (byte)1 : (byte)0;
        SetCleanPages(data, plan, pagemap);
        Hook[] hooks = plan.StartHooks;
        if (hooks.Length > 0)
            data->Hooks = HookLayout.LayOut(hooks, HookRunner.StateInContainer(plan, "created"), [.. environment], inheritWhenEmpty: true);
        data->HookCount = hooks.Length;
        SetRanges(data);
        SetBirth(data, plan);
        return data;
    }

    /// <summary>
    /// Without a wait and without hooks: failures are reported over the channel, and its end means that execve succeeded.
    /// </summary>
    public static LastMileData* ForExec(ExecPlan plan, Channel channel, Linux.Root root, Inherited inherited)
    {
        LastMileData* data = LayOut(plan, plan.Process!, channel, Environment(plan.Process!, root), inherited);
        data->ExecFifo = -1;
        data->ExecResult = -1;
        SetRanges(data);
        SetBirth(data, plan);
        return data;
    }

    private static List<string> Environment(Process process, Linux.Root root)
        => ProcessEnvironment.From(process.Env, () => Passwd.Home(root, process.User.Uid));

    private static LastMileData* LayOut(ProcessPlan plan, Process process, Channel channel, List<string> environment, Inherited inherited)
    {
        Native.Begin();
        LastMileData* data = (LastMileData*)Native.Allocate(sizeof(LastMileData));
        data->Channel = channel.Socket.Number;
        data->Passed = (CloseRange*)Native.Bytes(MemoryMarshal.AsBytes<CloseRange>(plan.PassedFds));
        data->PassedCount = plan.PassedFds.Length;
        data->NoNewPrivileges = process.NoNewPrivileges ? (byte)1 : (byte)0;
        SetFilter(data, plan);
        SetScheduling(data, process, plan);
        SetMemoryPolicy(data, plan.Common.MemoryPolicy);
        SetIdentity(data, process, plan, inherited);
        data->Umask = process.User.Umask ?? inherited.Umask;
        data->Cwd = Native.String(process.Cwd);
        data->Candidates = process.Args.Length == 0 ? null : Native.Strings(ProcessEnvironment.Candidates(process.Args[0], environment));
        data->Argv = Native.Strings(process.Args);
        data->Envp = Native.Strings(environment);
        return data;
    }

    private static void SetFilter(LastMileData* data, ProcessPlan plan)
    {
        if (plan.Seccomp is not { } program)
            return;
        List<AdmittedCall> refused = plan.IsBornInside ? BirthCalls.RefusedBy(program, plan, data->Channel) : [];
        data->FilterMoment = MomentOf(plan, program, mayBeBorn: refused.Count == 0);
        if (refused.Count > 0)
        {
            SeccompProgram atBirth = program.Admitting([.. refused, new(SYS_seccomp, 0, (ulong)SECCOMP_SET_MODE_FILTER)])
                ?? throw TooLong();
            data->BirthFilter = CopyFilter(atBirth);
            data->BirthFilterFlags = atBirth.Flags;
            program = program.WithoutListener();
        }
        data->Filter = CopyFilter(program);
        data->FilterFlags = program.Flags;
        if (data->FilterMoment != FilterMoment.WithPrivilege && plan.Process is not { NoNewPrivileges: true })
            data->TemporaryCapabilities = 1UL << CAP_SYS_ADMIN;
    }

    private static ContainerException TooLong()
    {
        const string Text = "seccomp: the profile forbids a call that is needed to enter the container, "
            + "and is too long to be extended by an exception for it";
        return new(ErrorCode.SeccompRuntimeCall, Text)
        {
            Pointer = "/linux/seccomp",
            Hint = "allow clone, close, ioctl, madvise, prctl, prlimit64, read, setsid and write, or shorten it",
        };
    }

    /// <summary>Copies a program to native memory, for seccomp(2).</summary>
    public static sock_fprog* CopyFilter(SeccompProgram program)
    {
        sock_fprog* laid = (sock_fprog*)Native.Allocate(sizeof(sock_fprog));
        laid->len = (ushort)program.Count;
        laid->filter = (sock_filter*)Native.Bytes(program.Instructions);
        return laid;
    }

    /// <summary>
    /// When to load the filter. The listener is told about the process that is born inside, so the filter must block nothing before that:
    /// it is loaded as late as the birth allows.
    /// </summary>
    private static FilterMoment MomentOf(ProcessPlan plan, SeccompProgram program, bool mayBeBorn)
    {
        bool needsPrivilege = plan.Process is not { NoNewPrivileges: true };
        return (plan.IsBornInside, needsPrivilege) switch
        {
            (false, true) => FilterMoment.WithPrivilege,
            (false, false) => FilterMoment.Last,
            (true, _) when !mayBeBorn => FilterMoment.Last,
            (true, true) when !program.Notifies => FilterMoment.WithPrivilege,
            (true, _) => FilterMoment.BeforeBirth,
        };
    }

    /// <summary>Must come last: memory laid out after this is not visible inside.</summary>
    private static void SetBirth(LastMileData* data, ProcessPlan plan)
    {
        if (!plan.IsBornInside)
            return;
        data->IsBornInside = 1;
        data->SetsTerminal = plan.Process is { Terminal: true } ? (byte)1 : (byte)0;
        data->CleanCount = 0; // it has only those pages of the binary that it touches
        if (Rlimits.ProcessLimit(plan.Process) is { } limit)
        {
            data->ProcessLimit = (rlimit64*)Native.Allocate(sizeof(rlimit64));
            *data->ProcessLimit = new() { rlim_cur = limit.Soft, rlim_max = limit.Hard };
        }
        data->Stack = Native.Allocate(StackSize) + StackSize;
        PageRange* forget = (PageRange*)Native.Allocate(sizeof(PageRange) * (Native.Chunks.Count + 3));
        data->DroppedCount = Sys.PagesWithout(Native.Chunks, forget);
        data->Dropped = forget;
    }

    /// <summary>
    /// Records the memory to drop. A process executed in a created container sees the waiting init and, with CAP_SYS_PTRACE, can read its
    /// memory. By then the caller's command line, its environment and the config are gone. Must come last too.
    /// </summary>
    /// <param name="strings">The end of the stack.</param>
    public static void SetDroppedMemory(LastMileData* data, InitPlan plan, nint strings)
    {
        byte here;
        nint lowest = Sys.PageOf((nint)(&here)) - StackSize;
        PageRange* forget = (PageRange*)Native.Allocate(sizeof(PageRange) * (Native.Chunks.Count + 4));
        data->DroppedCount = Sys.PagesWithout([.. Native.Chunks, Sys.PagesFrom(lowest)], forget);
        data->Dropped = forget;
        data->StackLow = lowest;
        data->StackHigh = Sys.PageOf(strings);
        data->DropsMemoryBeforeFilter = ForbidsDropping(plan) ? (byte)1 : (byte)0;
    }

    /// <summary>Only if the profile allows madvise(2), which is called after the filter is loaded.</summary>
    private static void SetCleanPages(LastMileData* data, InitPlan plan, Fd? pagemap)
    {
        if (ForbidsDropping(plan))
            return;
        PageRange[] clean = [.. Sys.CleanPages(pagemap)];
        data->Clean = (PageRange*)Native.Bytes(MemoryMarshal.AsBytes<PageRange>(clean));
        data->CleanCount = clean.Length;
    }

    /// <summary>Whether the profile forbids madvise(2) as the last mile calls it.</summary>
    private static bool ForbidsDropping(InitPlan plan)
        => plan.Seccomp is { } program && !program.Passes(SYS_madvise, 0, 0, (ulong)MADV_DONTNEED);

    private static void SetScheduling(LastMileData* data, Process process, ProcessPlan plan)
    {
        data->IoPriority = process.IoPriority is { } priority && !plan.IsPrioritizedFromOutside ? Scheduling.IoPriority(priority) : -1;
        data->Personality = plan.Common.Personality is { } personality ? Scheduling.Personality(personality) : -1;
        if (process.Scheduler is { } scheduler && !plan.IsScheduledFromOutside)
        {
            data->Scheduler = (sched_attr*)Native.Allocate(sizeof(sched_attr));
            *data->Scheduler = Scheduling.Attributes(scheduler);
        }
    }

    private static void SetMemoryPolicy(LastMileData* data, MemoryPolicy? policy)
    {
        data->MemoryPolicy = policy is null ? -1 : Scheduling.MemoryPolicy(policy);
        if (policy?.Nodes is not { } nodes)
            return;
        byte[] mask = NumberList.TryParse(nodes, KernelNames.MaxNodes)!;
        data->Nodes = Native.Bytes(mask);
        data->NodeBits = mask.Length * 8 + 1;
    }

    private static void SetIdentity(LastMileData* data, Process process, ProcessPlan plan, Inherited inherited)
    {
        data->Uid = process.User.Uid;
        data->Gid = process.User.Gid;
        uint[] groups = process.User.AdditionalGids;
        data->GroupCount = groups.Length;
        data->Groups = (uint*)Native.Bytes(MemoryMarshal.AsBytes<uint>(groups));
        data->SetGroups = inherited.KeepsGroups ? (byte)0 : (byte)1;
        data->BoundingDrop = plan.Capabilities.BoundingDrop;
        data->Effective = plan.Capabilities.Effective;
        data->Permitted = plan.Capabilities.Permitted;
        data->Inheritable = plan.Capabilities.Inheritable;
        data->Ambient = plan.Capabilities.Ambient;
    }

    /// <summary>
    /// All descriptors from 3 on are closed before the wait, except those that are passed on and those that the last mile uses.
    /// </summary>
    private static void SetRanges(LastMileData* data)
    {
        List<CloseRange> kept = [];
        Keep(kept, data->Channel);
        Keep(kept, data->ExecFifo);
        Keep(kept, data->ExecResult);
        for (int i = 0; i < data->HookCount; i++)
        {
            Keep(kept, data->Hooks[i].Stdin);
            Keep(kept, data->Hooks[i].Output);
        }
        for (int i = 0; i < data->PassedCount; i++)
            kept.Add(data->Passed[i]);
        kept.Sort(static (a, b) => a.First.CompareTo(b.First));
        List<CloseRange> ranges = [];
        uint from = 3;
        foreach (CloseRange next in kept)
        {
            if (next.First > from)
                ranges.Add(new() { First = from, Last = next.First - 1 });
            from = Math.Max(from, next.Last + 1);
        }
        ranges.Add(new() { First = from, Last = int.MaxValue });
        data->Close = (CloseRange*)Native.Bytes(MemoryMarshal.AsBytes<CloseRange>(ranges.ToArray()));
        data->CloseCount = ranges.Count;

        static void Keep(List<CloseRange> kept, int fd)
        {
            if (fd >= 0)
                kept.Add(new() { First = (uint)fd, Last = (uint)fd });
        }
    }
}
