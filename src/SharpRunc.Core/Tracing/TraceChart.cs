using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace SharpRunc.Core.Tracing;

/// <summary>Draws a trace in a terminal: a bar for each step, to scale.</summary>
internal static class TraceChart
{
    private const int LabelWidth = 66, BarWidth = 36;
    private const char Bar = '█', Waiting = '░', Short = '▏';

    /// <summary>Process by process, in the order of time; a bar stands where it happened.</summary>
    public static string Write(TracedCommand traced)
    {
        StringBuilder text = new();
        Head(text, traced);
        foreach (bool isChild in new[] { false, true })
        {
            List<TracedStep> steps = traced.Steps.FindAll(step => step.IsChild == isChild);
            if (steps.Count > 0)
                text.Append('\n').Append(Process(traced, isChild)).Append('\n');
            foreach (TracedStep step in steps)
            {
                (int from, int width) = Place(traced, step.Start, step.Length);
                Line(text, Label(step.Kind == TraceKind.Stage ? "  " : "    ", step), step.Length, from, width, step.Kind);
            }
        }
        return text.ToString();
    }

    /// <summary>The slowest first, by the time that is their own.</summary>
    public static string WriteSlowest(TracedCommand traced)
    {
        StringBuilder text = new();
        Head(text, traced);
        text.Append('\n');
        long[] own = OwnTime.Of(traced.Steps);
        int[] order = new int[own.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (a, b) => own[a] != own[b] ? own[b].CompareTo(own[a]) : a.CompareTo(b));
        foreach (int i in order)
        {
            if (own[i] <= 0)
                break;
            TracedStep step = traced.Steps[i];
            Line(text, Label(step.IsChild ? "  container  " : "  runtime    ", step), own[i], 0, Place(traced, 0, own[i]).Width, step.Kind);
        }
        return text.ToString();
    }

    private static void Head(StringBuilder text, TracedCommand traced)
    {
        text.Append($"{Cell(traced.Command)} {Cell(traced.Id)}: {Milliseconds(traced.End - traced.Start)}");
        if (traced.TraceParent is not null)
            text.Append($", traceparent {Cell(traced.TraceParent)}");
        text.Append('\n');
        if (traced.Error is not null)
            text.Append($"failed: {Cell(traced.Error)}\n");
        if (traced.Dropped > 0)
            text.Append($"{Number(traced.Dropped)} more steps were not recorded\n");
    }

    private static string Process(TracedCommand traced, bool isChild)
        => isChild ? $"{TraceJson.Child} {Number(traced.ChildPid)}" : $"runtime {Number(traced.Pid)}";

    /// <summary>If all of it is too long, the end of the subject says most.</summary>
    private static string Label(string before, TracedStep step)
    {
        string errno = step.Errno == 0 ? "" : ": " + Linux.LibC.Libc.strerror(step.Errno), failed = step.HasFailed ? " (failed)" : "";
        string name = before + Cell(step.Name), subject = Cell((step.Subject ?? "") + errno + failed).TrimStart();
        if (name.Length > LabelWidth)
            name = name[..(LabelWidth - 1)] + "…";
        int room = LabelWidth - name.Length - 1;
        if (subject.Length > room)
            subject = room < 2 ? "" : "…" + subject[^(room - 1)..];
        return subject.StartsWith(':') ? name + subject : $"{name} {subject}";
    }

    private static void Line(StringBuilder text, string label, long length, int from, int width, TraceKind kind)
    {
        text.Append(label.PadRight(LabelWidth)).Append(Milliseconds(length).PadLeft(12)).Append("  ").Append(' ', from);
        if (width == 0)
            text.Append(Short);
        else
            text.Append(kind == TraceKind.OtherSide ? Waiting : Bar, width);
        text.Append('\n');
    }

    /// <summary>Where the bar begins, in columns, and how many it has; 0: less than one.</summary>
    private static (int From, int Width) Place(TracedCommand traced, long start, long length)
    {
        double scale = BarWidth / (double)Math.Max(1, traced.End - traced.Start);
        int from = Math.Clamp((int)((start - traced.Start) * scale), 0, BarWidth - 1);
        return (from, Math.Clamp((int)Math.Round(length * scale), 0, BarWidth - from));
    }

    private static string Cell(string text) => TerminalText.EscapeCell(text);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Milliseconds(long nanoseconds) => (nanoseconds / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " ms";
}
