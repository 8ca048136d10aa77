using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace SharpRunc.Tests.Support;

/// <summary>The processes that give a terminal its modes back if the runtime cannot.</summary>
internal static class Guardians
{
    /// <summary>Of a runtime that lives; of one that was killed they are ours, the subreaper's.</summary>
    public static List<int> Of(int runtime)
    {
        List<int> found = [];
        foreach (string task in Directory.GetDirectories($"/proc/{runtime}/task"))
            foreach (string pid in File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                if (IsAliveRuntime(pid))
                    found.Add(int.Parse(pid, CultureInfo.InvariantCulture));
        return found;
    }

    /// <summary>The modes are back, and nobody is left who would restore them.</summary>
    public static void ExpectRestored(TestTerminal terminal, string modes)
    {
        Eventually.Holds(() => terminal.ModesText == modes, "the terminal is restored");
        Eventually.Holds(() => Of(Environment.ProcessId).Count == 0, "its guardian is gone");
    }

    private static bool IsAliveRuntime(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim() == Path.GetFileName(Runtime.Binary)
                && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
