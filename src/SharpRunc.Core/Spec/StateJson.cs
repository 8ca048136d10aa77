using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SharpRunc.Core.Spec;

/// <summary>Writes runtime.md#state in the shapes that hooks and callers read: the keys and their order are those callers have always got.</summary>
internal static class StateJson
{
    /// <summary>What a hook reads on its stdin: one line. <paramref name="pid"/> 0 is left out: the property is for created and running.</summary>
    public static byte[] ForHook(string id, string status, int pid, string bundle, KeyValuePair<string, string>[] annotations)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, OneLine))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion"u8, SpecVersion.Current);
            json.WriteString("id"u8, id);
            json.WriteString("status"u8, status);
            if (pid != 0)
                json.WriteNumber("pid"u8, pid);
            json.WriteString("bundle"u8, bundle);
            WriteAnnotations(json, annotations);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What <c>state</c> prints: two spaces, no newline at the end.</summary>
    public static byte[] ForCommand(ContainerState state)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Indented))
            Write(json, state);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What <c>list --format json</c> prints: an array on one line, <c>null</c> when there is nothing, and a newline.</summary>
    public static byte[] List(ReadOnlySpan<ContainerState> states)
    {
        if (states.IsEmpty)
            return "null\n"u8.ToArray();
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, OneLine))
        {
            json.WriteStartArray();
            foreach (ContainerState state in states)
                Write(json, state);
            json.WriteEndArray();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static JsonWriterOptions OneLine => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonWriterOptions Indented => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n" };

    private static void Write(Utf8JsonWriter json, ContainerState state)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, SpecVersion.Current);
        json.WriteString("id"u8, state.Id);
        json.WriteNumber("pid"u8, state.Pid);
        json.WriteString("status"u8, state.Status);
        json.WriteString("bundle"u8, state.Bundle);
        json.WriteString("rootfs"u8, state.Rootfs);
        json.WriteString("created"u8, Rfc3339.Nano(state.Created));
        WriteAnnotations(json, state.Annotations);
        json.WriteString("owner"u8, state.Owner);
        json.WriteEndObject();
    }

    private static void WriteAnnotations(Utf8JsonWriter json, KeyValuePair<string, string>[] annotations)
    {
        if (annotations.Length == 0)
            return;
        json.WriteStartObject("annotations"u8);
        foreach ((string key, string value) in annotations)
            json.WriteString(key, value);
        json.WriteEndObject();
    }
}
