using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The containers of a state root.</summary>
internal static class List
{
    /// <summary>As Go's tabwriter in runc: a column is as wide as its widest cell plus 3, but at least 12.</summary>
    private const int MinimumWidth = 12;
    private const int Padding = 3;

    private static readonly string[] Header = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

    /// <param name="unreadable">Called for each container that cannot be read. It is left out of the list unless it is one of ours with a
    /// damaged state.</param>
    public static List<Spec.StateProperties> Run(RuntimeContext context, Action<string> unreadable)
    {
        List<Spec.StateProperties> containers = [];
        UserNames users = new();
        foreach (string name in new ContainerStore(context).Names())
        {
            if (!ContainerId.IsValid(name))
                continue;
            try
            {
                using Container container = Container.Open(context, name);
                containers.Add(container.Describe(users.Find(container.Directory.Owner)));
            }
            catch (DamagedStateException e)
            {
                unreadable($"load container {name}: {e.Message}");
                using ContainerDirectory directory = new ContainerStore(context).Open(ContainerId.Parse(name));
                containers.Add(new() { Id = name, Status = "damaged", Owner = users.Find(directory.Owner) });
            }
            catch (Exception e) when (e is ContainerException or SysException)
            {
                unreadable($"load container {name}: {e.Message}");
            }
        }
        return containers;
    }

    public static string Table(List<Spec.StateProperties> containers)
    {
        List<string[]> rows = [Header];
        foreach (Spec.StateProperties container in containers)
            rows.Add(
            [
                container.Id, container.Pid.ToString(), container.Status, TerminalText.EscapeCell(container.Bundle),
                Rfc3339.Nano(container.Created), TerminalText.EscapeCell(container.Owner),
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

    public static string Ids(List<Spec.StateProperties> containers)
    {
        StringBuilder ids = new();
        foreach (Spec.StateProperties container in containers)
            ids.Append(container.Id).Append('\n');
        return ids.ToString();
    }
}

/// <summary>runtime.md#query-state.</summary>
internal static class QueryState
{
    /// <summary>Returns the JSON that state prints.</summary>
    public static byte[] Run(RuntimeContext context, string id)
    {
        using Container container = Container.Open(context, id);
        return StateJson.ForCommand(container.Describe());
    }
}

/// <summary>The host's user names, from /etc/passwd only: a static program loads no name service.</summary>
internal sealed class UserNames
{
    private string[]? lines;

    /// <summary>Returns the name, or #uid if there is none.</summary>
    public string Find(uint uid)
    {
        string number = uid.ToString(CultureInfo.InvariantCulture);
        foreach (string line in lines ??= Read())
        {
            string[] fields = line.Split(':');
            if (fields.Length > 2 && fields[2] == number)
                return fields[0];
        }
        return "#" + number;
    }

    private static string[] Read()
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, "/etc/passwd", O_RDONLY, out _);
        return file is null ? [] : KernelText.Decode(Sys.ReadAll(file, "/etc/passwd")).Split('\n');
    }
}
