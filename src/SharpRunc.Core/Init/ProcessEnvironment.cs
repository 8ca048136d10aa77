using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Init;

/// <summary>
/// config.md#process: env, as environ(7), and where a program is looked for with it. Of two entries with the same name the last one counts;
/// HOME is filled in.
/// </summary>
internal static class ProcessEnvironment
{
    /// <param name="home">Called only if HOME is missing or empty.</param>
    public static List<string> From(string[] env, Func<string> home)
    {
        List<string> result = new(env.Length + 1);
        bool hasHome = false;
        for (int i = 0; i < env.Length; i++)
        {
            string entry = env[i];
            string name = entry[..(entry.IndexOf('=') + 1)];
            if (IsRepeated(env, i, name) || entry == "HOME=")
                continue;
            hasHome |= name == "HOME=";
            result.Add(entry);
        }
        if (!hasHome)
            result.Add("HOME=" + home());
        return result;
    }

    /// <summary>
    /// execvp(3): a name with a slash is a path. Any other name is searched in PATH, where an empty entry is the working directory. An
    /// empty name is not found.
    /// </summary>
    public static List<string> Candidates(string program, IReadOnlyList<string> environment)
    {
        if (program.Length == 0)
            return [];
        if (program.Contains('/'))
            return [program];
        List<string> candidates = [];
        foreach (string variable in environment)
            if (variable.StartsWith("PATH=", StringComparison.Ordinal))
                foreach (string directory in variable["PATH=".Length..].Split(':'))
                    candidates.Add(directory.Length == 0 ? "./" + program : $"{directory}/{program}");
        return candidates;
    }

    private static bool IsRepeated(string[] env, int index, string name)
    {
        for (int later = index + 1; later < env.Length; later++)
            if (env[later].StartsWith(name, StringComparison.Ordinal))
                return true;
        return false;
    }
}
