using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>
/// Records what a command does and waits for, for --trace: the stages of both processes, one after the other (<see cref="Progress"/>), and
/// within them single waits and slow system calls. The last mile records nothing: it begins without this memory. When off, nothing here
/// does more than to compare a pointer with null.
/// </summary>
internal static unsafe class Trace
{
    /// <summary>Shorter system calls are not recorded.</summary>
    private const long SlowCall = 1_000_000;

    private static byte* memory;
    private static Fd? file;

    // Of this process; the container's first one has its own.
    private static bool isChild, hasFailed;
    private static int stage, waits;
    private static string? stageName;

    public static bool IsOn => memory is not null;

    /// <param name="held">A descriptor that no other process needs.</param>
    public static void Begin(Fd held)
    {
        memory = TraceMemory.New();
        file = held;
        Enter(Progress.Stage);
    }

    public static void Enter(Stage entered)
    {
        if (memory is not null)
            Enter(Progress.NameOf(entered) ?? "begin");
    }

    /// <summary>The program runs, and what takes time is its own. The next stage ends this.</summary>
    public static void Pause()
    {
        if (memory is null)
            return;
        TraceMemory.End(memory, stage, Sys.MonotonicNanoseconds());
        Forget();
        Sys.Timed = null;
    }

    /// <summary>The command has failed; what follows takes back what it has made.</summary>
    public static void RollBack()
    {
        if (memory is null)
            return;
        Fail();
        Enter("roll back");
    }

    /// <summary>The step ends when it is disposed.</summary>
    public static TraceStep Step(TraceKind kind, string name, string? subject = null)
    {
        if (memory is null)
            return default;
        waits++;
        int number = TraceMemory.Add(memory, kind, isChild, Said(kind, name), subject, Sys.MonotonicNanoseconds());
        return new(number == 0 ? -1 : number);
    }

    /// <summary>Called in the container's first process when it is cloned.</summary>
    public static void EnterChild()
    {
        if (memory is null)
            return;
        file!.Dispose();
        isChild = true;
        Forget();
        Enter(Progress.Stage);
    }

    /// <summary>Records nothing more, and holds nothing of it: the trace is the host's.</summary>
    public static void Leave()
    {
        if (memory is null)
            return;
        Sys.Timed = null;
        TraceMemory.Unmap(memory);
        memory = null;
    }

    /// <summary>The container's first process, or the one that continues for it.</summary>
    public static void ChildIs(int pid)
    {
        if (memory is not null)
            TraceMemory.ChildPid(memory) = pid;
    }

    /// <summary>The last mile has ended.</summary>
    public static void ChildEnds(bool failed)
    {
        if (memory is null)
            return;
        hasFailed |= failed;
        TraceMemory.EndChild(memory, Sys.MonotonicNanoseconds(), failed);
    }

    /// <summary>Everything that was recorded.</summary>
    /// <param name="childPid">0: there was no other process.</param>
    /// <param name="dropped">How many steps there was no room for.</param>
    public static List<TracedStep> End(bool failed, out int childPid, out int dropped)
    {
        if (failed)
            Fail();
        long now = Sys.MonotonicNanoseconds();
        TraceMemory.End(memory, stage, now);
        (childPid, dropped) = (TraceMemory.ChildPid(memory), TraceMemory.Dropped(memory));
        List<TracedStep> steps = TraceMemory.Read(memory, now);
        Leave();
        return steps;
    }

    internal static void EndStep(int number)
    {
        waits--;
        if (memory is not null && number > 0)
            TraceMemory.End(memory, number, Sys.MonotonicNanoseconds());
    }

    internal static void Explain(int number, TraceKind kind, string subject) => TraceMemory.Explain(memory, number, kind, subject);

    private static void Forget()
    {
        stage = waits = 0;
        stageName = null;
    }

    private static void Enter(string name)
    {
        if (ReferenceEquals(name, stageName))
            return; // entered for each of many mounts
        stageName = name;
        long now = Sys.MonotonicNanoseconds();
        TraceMemory.End(memory, stage, now);
        stage = TraceMemory.Add(memory, TraceKind.Stage, isChild, name, null, now);
        Sys.Timed = &OnCall;
    }

    /// <summary>If the other process has failed, this one's stage was only that it waited for it.</summary>
    private static void Fail()
    {
        if (!hasFailed)
            TraceMemory.Fail(memory, stage);
        hasFailed = true;
    }

    /// <summary>A step says already what its own calls wait for.</summary>
    private static void OnCall(string name, string? subject, long began, nint result)
    {
        long now = Sys.MonotonicNanoseconds();
        bool isClone = result == 0 && name == "clone3"; // which returns here, too
        if (waits == 0 && memory is not null && now - began >= SlowCall && !isClone)
            TraceMemory.Add(memory, TraceKind.Kernel, isChild, name, subject, began, now, result < 0 ? (int)-result : 0);
    }

    private static string Said(TraceKind kind, string name) => kind switch
    {
        TraceKind.OtherSide or TraceKind.Lock => "waits for " + name,
        TraceKind.Systemd => "systemd " + name,
        TraceKind.Hook => name + " hook",
        TraceKind.Criu => "criu " + name,
        _ => name,
    };
}

/// <summary>A step that has begun.</summary>
/// <param name="number">Of its record; −1: there was no room for it. 0: nothing is recorded.</param>
internal readonly struct TraceStep(int number) : IDisposable
{
    public bool IsRecorded => number != 0;

    /// <summary>What it turned out to wait for.</summary>
    public void Explain(TraceKind kind, string subject)
    {
        if (number > 0)
            Trace.Explain(number, kind, subject);
    }

    public void Dispose()
    {
        if (number != 0)
            Trace.EndStep(number);
    }
}
