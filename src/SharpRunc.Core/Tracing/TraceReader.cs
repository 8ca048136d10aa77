using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Tracing;

/// <summary>Reads a file that <see cref="TraceJson"/> may have written, or anybody else.</summary>
internal static unsafe class TraceReader
{
    /// <summary>Ours have at most half a megabyte, and <see cref="TraceMemory.Capacity"/> steps.</summary>
    public const int MaxBytes = 4 << 20;
    private const int MaxSteps = 4 * TraceMemory.Capacity;

    /// <summary>Of microseconds: 30 years after the machine's start.</summary>
    private const double LatestTime = 1e15;

    private struct Event
    {
        public string Phase, Category, Name;
        public double Start, Length;
        public int Pid;
        public Arguments Arguments;
    }

    private struct Arguments
    {
        public string? Name, Subject;
        public int Errno;
        public bool HasFailed;
    }

    private struct Other
    {
        public string? Version, Command, Id, TraceParent, Error;
        public int Dropped;
    }

    /// <param name="file">Its path, for errors.</param>
    public static TracedCommand Read(string file, byte[] json)
    {
        Event[]? events = null;
        Other other = default;
        JsonCursor cursor = new(file, json);
        JsonObject top = cursor.Object();
        while (cursor.Next(ref top))
            if (cursor.Is("traceEvents"u8))
                events = cursor.Array(&ReadEvent);
            else if (cursor.Is("otherData"u8))
                other = ReadOther(ref cursor);
            else
                cursor.SkipUnknown(ref top);
        cursor.End();
        if (events is null || other.Command is null)
            throw new ContainerException(
                ErrorCode.UsageFile, $"{file}: not a trace of {RuntimeContext.Name}: it lacks traceEvents, or otherData/command");
        int runtime = PidOf(events, TraceJson.Runtime + other.Command);
        return new()
        {
            Command = other.Command,
            Id = other.Id ?? "",
            Version = other.Version ?? "",
            TraceParent = other.TraceParent,
            Error = other.Error,
            Pid = runtime,
            ChildPid = PidOf(events, TraceJson.Child),
            Dropped = other.Dropped,
            Steps = Steps(file, events, runtime),
        };
    }

    private static int PidOf(Event[] events, string name)
    {
        foreach (Event one in events)
            if (one.Phase == "M" && one.Arguments.Name == name)
                return one.Pid;
        return 0;
    }

    private static List<TracedStep> Steps(string file, Event[] events, int runtime)
    {
        List<TracedStep> steps = [];
        foreach (Event one in events)
        {
            if (one.Phase != "X" || TraceKindName.Find(one.Category) is not { } kind)
                continue;
            if (steps.Count == MaxSteps)
                throw new ContainerException(ErrorCode.UsageFile, $"{file}: more than {MaxSteps} steps");
            long start = (long)Math.Round(one.Start * 1000), end = start + (long)Math.Round(one.Length * 1000);
            steps.Add(new(kind, one.Name, one.Arguments.Subject, start, end, one.Pid != runtime)
            {
                Errno = one.Arguments.Errno,
                HasFailed = one.Arguments.HasFailed,
            });
        }
        TracedStep.Sort(steps);
        return steps;
    }

    private static Event ReadEvent(ref JsonCursor json)
    {
        Event read = new() { Phase = "", Category = "", Name = "" };
        JsonObject at = json.Object();
        while (json.Next(ref at))
            if (json.Is("ph"u8))
                read.Phase = json.String();
            else if (json.Is("cat"u8))
                read.Category = json.String();
            else if (json.Is("name"u8))
                read.Name = json.String();
            else if (json.Is("ts"u8))
                read.Start = Time(ref json);
            else if (json.Is("dur"u8))
                read.Length = Time(ref json);
            else if (json.Is("pid"u8))
                read.Pid = json.Int32();
            else if (json.Is("args"u8))
                read.Arguments = ReadArguments(ref json);
            else
                json.SkipUnknown(ref at);
        return read;
    }

    private static Arguments ReadArguments(ref JsonCursor json)
    {
        Arguments read = default;
        JsonObject at = json.Object();
        while (json.Next(ref at))
            if (json.Is("name"u8))
                read.Name = json.String();
            else if (json.Is("subject"u8))
                read.Subject = json.String();
            else if (json.Is("errno"u8))
                read.Errno = json.Int32();
            else if (json.Is("failed"u8))
                read.HasFailed = json.Boolean();
            else
                json.SkipUnknown(ref at);
        return read;
    }

    private static Other ReadOther(ref JsonCursor json)
    {
        Other read = default;
        JsonObject at = json.Object();
        while (json.Next(ref at))
            if (json.Is("version"u8))
                read.Version = json.String();
            else if (json.Is("command"u8))
                read.Command = json.String();
            else if (json.Is("id"u8))
                read.Id = json.String();
            else if (json.Is("traceparent"u8))
                read.TraceParent = json.String();
            else if (json.Is("error"u8))
                read.Error = json.String();
            else if (json.Is("dropped"u8))
                read.Dropped = json.Int32();
            else
                json.SkipUnknown(ref at);
        return read;
    }

    private static double Time(ref JsonCursor json)
    {
        double time = json.Number();
        return time is >= 0 and <= LatestTime ? time : throw json.Expected($"microseconds up to {LatestTime}");
    }
}
