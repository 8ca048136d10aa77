using System;
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.Containers;

/// <summary>A container as state and list print it (cli.md §4): runtime.md#state with rootfs, created and owner added.</summary>
internal sealed record StateOutput(ContainerState State, Status Status, string Owner)
{
    /// <summary>The host's pid; 0 when the container has stopped.</summary>
    public int Pid => Status == Status.Stopped ? 0 : State.InitPid;

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, RuntimeContext.SpecVersion);
        json.WriteString("id"u8, State.Id);
        json.WriteNumber("pid"u8, Pid);
        json.WriteString("status"u8, ContainerStatus.Text(Status));
        json.WriteString("bundle"u8, State.Bundle);
        json.WriteString("rootfs"u8, State.Rootfs);
        json.WriteString("created"u8, Timestamp.Format(State.Created));
        if (State.Annotations.Length > 0)
        {
            json.WriteStartObject("annotations"u8);
            foreach ((string key, string value) in State.Annotations)
                json.WriteString(key, value);
            json.WriteEndObject();
        }
        json.WriteString("owner"u8, Owner);
        json.WriteEndObject();
    }

    /// <summary>Two spaces deep, nothing behind.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        WriteTo(json);
        json.Flush();
        return buffer.WrittenMemory;
    }
}
