using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.State;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The processes of a container, as listed by its cgroup and the cgroups below it.</summary>
internal static class Ps
{
    /// <summary>Returns the pids in the host's numbering; none once the container has stopped.</summary>
    public static List<int> Run(RuntimeContext context, string id)
    {
        using Container container = Container.Open(context, id);
        using Cgroup cgroup = container.OpenCgroup();
        List<int> pids = cgroup.Processes.List();
        // The container has no cgroup, or it was moved and the former one is gone.
        if (pids.Count == 0)
            pids = PidNamespace.Members(container);
        pids.RemoveAll(static pid => pid == 0); // outside our PID namespace, so it has no pid here
        return pids;
    }

    /// <summary>Returns one line of JSON; `null` if there are no processes.</summary>
    public static byte[] Json(List<int> pids)
    {
        if (pids.Count == 0)
            return "null\n"u8.ToArray();
        JsonText json = new();
        json.StartArray();
        foreach (int pid in pids)
            json.Value(pid);
        json.EndArray();
        return [.. json.Written.Span, (byte)'\n'];
    }

    /// <summary>Passes on, line by line, the output of ps(1) with these arguments: the header and the lines of these processes.</summary>
    public static void Table(List<int> pids, string[] arguments, Action<string> tell)
    {
        Selection selection = new(pids, tell);
        HostProgram.Run("ps", arguments, selection.Match);
    }

    /// <summary>Filters while it reads, because the command lines of all processes may not fit into memory.</summary>
    public sealed class Selection(List<int> pids, Action<string> tell)
    {
        private int column = -1;

        /// <param name="line">Without its line end.</param>
        public void Match(string line)
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0)
                return;
            if (column < 0)
            {
                column = Array.IndexOf(fields, "PID");
                if (column < 0)
                    throw new ContainerException(ErrorCode.PsOutput, "couldn't find PID field in ps output")
                    {
                        Hint = "its columns must include PID",
                    };
                tell(line);
            }
            else if (IsOneOf(pids, fields, column))
                tell(line);
        }
    }

    private static bool IsOneOf(List<int> pids, string[] fields, int column)
    {
        ReadOnlySpan<char> field = column < fields.Length ? fields[column] : "";
        if (!int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            throw new ContainerException(ErrorCode.PsOutput, "unable to parse pid in ps output")
            {
                Hint = "a column before PID contains blanks: ask for pid first",
            };
        return pids.Contains(pid);
    }
}
