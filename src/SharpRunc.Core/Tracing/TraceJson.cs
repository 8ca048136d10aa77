using System;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Tracing;

/// <summary>
/// The Trace Event Format of chrome://tracing and Perfetto, as a JSON object: complete events (X), with times in microseconds, and metadata
/// (M) that names the processes. Each of our processes has one thread, of the same number.
/// </summary>
internal static class TraceJson
{
    public const string Runtime = "sharprunc ", Child = "container's process";

    public static ReadOnlyMemory<byte> Write(TracedCommand traced)
    {
        JsonText json = new();
        json.StartObject();
        json.Member("displayTimeUnit", "ms");
        json.Name("otherData");
        WriteCommand(json, traced);
        json.Name("traceEvents");
        json.StartArray();
        WriteName(json, traced.Pid, Runtime + traced.Command);
        if (traced.ChildPid != 0)
            WriteName(json, traced.ChildPid, Child);
        foreach (TracedStep step in traced.Steps)
            WriteStep(json, step, step.IsChild ? traced.ChildPid : traced.Pid);
        json.EndArray();
        json.EndObject();
        return json.Written;
    }

    private static void WriteCommand(JsonText json, TracedCommand traced)
    {
        json.StartObject();
        json.Member("version", traced.Version);
        json.Member("command", traced.Command);
        json.Member("id", traced.Id);
        if (traced.TraceParent is not null)
            json.Member("traceparent", traced.TraceParent);
        if (traced.Error is not null)
            json.Member("error", traced.Error);
        if (traced.Dropped > 0)
            json.Member("dropped", (long)traced.Dropped);
        json.EndObject();
    }

    private static void WriteName(JsonText json, int pid, string name)
    {
        json.StartObject();
        json.Member("ph", "M");
        json.Member("name", "process_name");
        WriteThread(json, pid);
        json.Name("args");
        json.StartObject();
        json.Member("name", name);
        json.EndObject();
        json.EndObject();
    }

    private static void WriteStep(JsonText json, TracedStep step, int pid)
    {
        json.StartObject();
        json.Member("ph", "X");
        json.Member("cat", TraceKindName.Of(step.Kind));
        json.Member("name", step.Name);
        json.Name("ts");
        json.Thousandths(step.Start);
        json.Name("dur");
        json.Thousandths(step.Length);
        WriteThread(json, pid);
        json.Name("args");
        json.StartObject();
        if (step.Subject is not null)
            json.Member("subject", step.Subject);
        if (step.Errno != 0)
            json.Member("errno", (long)step.Errno);
        if (step.HasFailed)
        {
            json.Name("failed");
            json.Value(true);
        }
        json.EndObject();
        json.EndObject();
    }

    private static void WriteThread(JsonText json, int pid)
    {
        json.Member("pid", (long)pid);
        json.Member("tid", (long)pid);
    }
}
