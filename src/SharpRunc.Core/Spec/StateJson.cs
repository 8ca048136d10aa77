using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>runtime.md#state, with the additional fields of the <c>state</c> and <c>list</c> commands.</summary>
internal sealed class StateProperties
{
    public string Id = "";

    /// <summary>The init's pid as the runtime sees it; 0 when there is none.</summary>
    public int Pid;

    /// <summary>creating, created, running, stopped; and paused, which the specification does not have.</summary>
    public string Status = "";

    /// <summary>Absolute.</summary>
    public string Bundle = "";

    /// <summary>Absolute.</summary>
    public string Rootfs = "";

    /// <summary>Nanoseconds since 1970, UTC.</summary>
    public long Created;

    public KeyValuePair<string, string>[] Annotations = [];

    /// <summary>A user name or <c>#uid</c> in <c>list</c>; "" in <c>state</c>.</summary>
    public string Owner = "";
}

/// <summary>
/// Writes runtime.md#state in the formats that hooks and callers read. Keys and their order must stay what those callers expect.
/// </summary>
internal static class StateJson
{
    /// <summary>
    /// What a hook reads on its stdin: one line. A <paramref name="pid"/> of 0 is omitted: the property is for created and running.
    /// </summary>
    public static byte[] ForHook(string id, string status, int pid, string bundle, KeyValuePair<string, string>[] annotations)
    {
        JsonText json = new();
        WriteForHook(json, id, status, pid, bundle, annotations);
        return json.Written.ToArray();
    }

    /// <summary>The same, as part of a larger document.</summary>
    public static void WriteForHook(
        JsonText json, string id, string status, int pid, string bundle, KeyValuePair<string, string>[] annotations)
    {
        json.StartObject();
        json.Member("ociVersion", SpecVersion.Current);
        json.Member("id", id);
        json.Member("status", status);
        if (pid != 0)
            json.Member("pid", pid);
        json.Member("bundle", bundle);
        WriteAnnotations(json, annotations);
        json.EndObject();
    }

    /// <summary>The output of <c>state</c>: two spaces of indentation, no newline at the end.</summary>
    public static byte[] ForCommand(StateProperties state)
    {
        JsonText json = new(indented: true);
        Write(json, state);
        return json.Written.ToArray();
    }

    /// <summary>The output of <c>list --format json</c>: an array on one line, <c>null</c> when there is none, and a newline.</summary>
    public static byte[] List(ReadOnlySpan<StateProperties> states)
    {
        if (states.IsEmpty)
            return "null\n"u8.ToArray();
        JsonText json = new();
        json.StartArray();
        foreach (StateProperties state in states)
            Write(json, state);
        json.EndArray();
        return [.. json.Written.Span, (byte)'\n'];
    }

    private static void Write(JsonText json, StateProperties state)
    {
        json.StartObject();
        json.Member("ociVersion", SpecVersion.Current);
        json.Member("id", state.Id);
        json.Member("pid", state.Pid);
        json.Member("status", state.Status);
        json.Member("bundle", state.Bundle);
        json.Member("rootfs", state.Rootfs);
        json.Member("created", Rfc3339.Nano(state.Created));
        WriteAnnotations(json, state.Annotations);
        json.Member("owner", state.Owner);
        json.EndObject();
    }

    private static void WriteAnnotations(JsonText json, KeyValuePair<string, string>[] annotations)
    {
        if (annotations.Length == 0)
            return;
        json.Name("annotations");
        json.StartObject();
        foreach ((string key, string value) in annotations)
            json.Member(key, value);
        json.EndObject();
    }
}
