using System;
using System.Collections.Generic;
using System.Threading;
using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>What a step of a trace is, or what it waits for.</summary>
internal enum TraceKind : byte
{
    Stage,
    OtherSide,
    Lock,
    Systemd,
    Hook,
    Criu,
    Kernel,
    Frozen,
}

/// <summary>A step as files and charts have it. Times are CLOCK_MONOTONIC's, in nanoseconds.</summary>
internal sealed record TracedStep(TraceKind Kind, string Name, string? Subject, long Start, long End, bool IsChild)
{
    public bool HasFailed { get; init; }

    /// <summary>errno(3) of a call of the kernel; 0: it succeeded.</summary>
    public int Errno { get; init; }

    public long Length => End - Start;

    /// <summary>Sorts by the beginning; a step that others lie in comes before them. They are nearly sorted.</summary>
    public static void Sort(List<TracedStep> steps)
    {
        for (int i = 1; i < steps.Count; i++)
        {
            TracedStep step = steps[i];
            int at = i;
            for (; at > 0 && Follows(steps[at - 1], step); at--)
                steps[at] = steps[at - 1];
            steps[at] = step;
        }
    }

    private static bool Follows(TracedStep step, TracedStep other)
        => step.Start > other.Start || step.Start == other.Start && step.End < other.End;
}

/// <summary>
/// Records in memory that the runtime shares with the container's first process while it is set up: what that did last is known even if it
/// was killed. The first record is the header. What is read is checked as if a stranger had written it.
/// </summary>
internal static unsafe class TraceMemory
{
    private const int TextSize = 480, Head = 40, Tail = 100;
    public const int Capacity = 512;

    private struct Record
    {
        public long Start;

        /// <summary>0: the step has not ended.</summary>
        public long End;
        public int Errno;
        public TraceKind Kind;
        public bool IsChild, HasFailed;
        public ushort Name, Subject;

        /// <summary>The name, then the subject, of that many bytes.</summary>
        public fixed byte Text[TextSize];
    }

    /// <summary>Over the first record.</summary>
    private struct Header
    {
        /// <summary>Taken records, and those for which there was no room.</summary>
        public int Count;
        public int ChildPid;
    }

    private static int Size => (Capacity + 1) * sizeof(Record);

    public static byte* New() => Sys.NewSharedPages(Size);

    public static void Unmap(byte* memory) => Sys.Unmap(memory, Size);

    public static ref int ChildPid(byte* memory) => ref ((Header*)memory)->ChildPid;

    public static int Dropped(byte* memory) => Math.Max(0, ((Header*)memory)->Count - Capacity);

    /// <returns>The record's number; 0: there is no room.</returns>
    public static int Add(byte* memory, TraceKind kind, bool isChild, string name, string? subject, long start, long end = 0, int errno = 0)
    {
        int number = Interlocked.Increment(ref ((Header*)memory)->Count);
        if (number is <= 0 or > Capacity)
            return 0;
        Record* record = At(memory, number);
        record->Kind = kind;
        record->IsChild = isChild;
        record->Errno = errno;
        record->Name = (ushort)Encode(name, new Span<byte>(record->Text, TextSize));
        record->End = end;
        SetSubject(memory, number, subject ?? "");
        Volatile.Write(ref record->Start, start); // a record without it is not read
        return number;
    }

    public static void End(byte* memory, int number, long end)
    {
        if (number != 0 && At(memory, number)->End == 0)
            At(memory, number)->End = end;
    }

    public static void Fail(byte* memory, int number)
    {
        if (number != 0)
            At(memory, number)->HasFailed = true;
    }

    public static void Explain(byte* memory, int number, TraceKind kind, string subject)
    {
        At(memory, number)->Kind = kind;
        SetSubject(memory, number, subject);
    }

    /// <summary>Ends what the container's first process has not ended.</summary>
    public static void EndChild(byte* memory, long now, bool failed)
    {
        for (int number = 1; number <= Count(memory); number++)
            if (At(memory, number) is var record && record->IsChild && record->Start != 0 && record->End == 0)
            {
                record->End = now;
                record->HasFailed = failed && record->Kind == TraceKind.Stage;
            }
    }

    /// <summary>All steps in the order of their beginnings.</summary>
    /// <param name="now">The end of those that have none.</param>
    public static List<TracedStep> Read(byte* memory, long now)
    {
        List<TracedStep> steps = [];
        for (int number = 1; number <= Count(memory); number++)
        {
            Record record = *At(memory, number);
            if (record.Start <= 0 || record.Start > now)
                continue;
            ReadOnlySpan<byte> text = new(record.Text, TextSize);
            int name = Math.Min((int)record.Name, TextSize), subject = Math.Min((int)record.Subject, TextSize - name);
            long end = record.End >= record.Start && record.End <= now ? record.End : now;
            steps.Add(new(
                record.Kind,
                KernelText.Decode(text[..name]),
                subject == 0 ? null : KernelText.Decode(text.Slice(name, subject)),
                record.Start,
                end,
                record.IsChild)
            {
                HasFailed = record.HasFailed,
                Errno = record.Errno,
            });
        }
        TracedStep.Sort(steps);
        return steps;
    }

    private static int Count(byte* memory) => Math.Clamp(((Header*)memory)->Count, 0, Capacity);

    private static Record* At(byte* memory, int number) => (Record*)memory + number;

    private static void SetSubject(byte* memory, int number, string subject)
    {
        Record* record = At(memory, number);
        int name = Math.Min((int)record->Name, TextSize);
        record->Subject = (ushort)Encode(subject, new Span<byte>(record->Text, TextSize)[name..]);
    }

    /// <summary>Of a text that is too long, the beginning and the end show what it is.</summary>
    private static int Encode(string text, Span<byte> into)
    {
        if (KernelText.Length(text) > into.Length)
            text = text.Length > Head + Tail ? $"{text[..Head]}…{text[^Tail..]}" : "…";
        return KernelText.Length(text) > into.Length ? 0 : KernelText.Encode(text, into);
    }
}
