using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.Containers;

/// <summary>The containers of a state root (cli.md §3, §4).</summary>
internal static class List
{
    /// <summary>Go's tabwriter as runc sets it: a column is as wide as its widest cell and 3 more, at least 12.</summary>
    private const int MinimumWidth = 12;
    private const int Padding = 3;

    private static readonly string[] Header = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

    /// <param name="unreadable">Is told each container that cannot be read; it is left out.</param>
    public static List<StateOutput> Run(RuntimeContext context, Action<string> unreadable)
    {
        List<StateOutput> containers = [];
        UserNames users = new();
        foreach (string name in new ContainerStore(context).Names())
        {
            if (!ContainerId.IsValid(name))
                continue;
            try
            {
                using Container container = Container.Open(context, name);
                containers.Add(new StateOutput(container.State, container.Status, users.Of(container.Directory.Owner)));
            }
            catch (Exception e) when (e is ContainerException or SysException)
            {
                unreadable($"load container {name}: {e.Message}");
            }
        }
        return containers;
    }

    public static string Table(List<StateOutput> containers)
    {
        List<string[]> rows = [Header];
        foreach (StateOutput container in containers)
            rows.Add(
            [
                container.State.Id, container.Pid.ToString(), ContainerStatus.Text(container.Status), container.State.Bundle,
                Timestamp.Format(container.State.Created), container.Owner,
            ]);
        int[] widths = new int[Header.Length - 1]; // the last column is not padded
        foreach (string[] row in rows)
            for (int column = 0; column < widths.Length; column++)
                widths[column] = Math.Max(Math.Max(widths[column], MinimumWidth), row[column].Length + Padding);
        StringBuilder table = new();
        foreach (string[] row in rows)
        {
            for (int column = 0; column < widths.Length; column++)
                table.Append(row[column].PadRight(widths[column]));
            table.Append(row[^1]).Append('\n');
        }
        return table.ToString();
    }

    public static string Ids(List<StateOutput> containers)
    {
        StringBuilder ids = new();
        foreach (StateOutput container in containers)
            ids.Append(container.State.Id).Append('\n');
        return ids.ToString();
    }

    /// <summary>One line; null when there is none, as Go writes an empty list.</summary>
    public static ReadOnlyMemory<byte> Json(List<StateOutput> containers)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        if (containers.Count == 0)
            json.WriteNullValue();
        else
        {
            json.WriteStartArray();
            foreach (StateOutput container in containers)
                container.WriteTo(json);
            json.WriteEndArray();
        }
        json.Flush();
        return buffer.WrittenMemory;
    }
}
