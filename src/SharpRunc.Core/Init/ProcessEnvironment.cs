using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Init;

/// <summary>config.md#process: env, as environ(7). Of two entries with the same name the last one counts; HOME is filled in.</summary>
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

    private static bool IsRepeated(string[] env, int index, string name)
    {
        for (int later = index + 1; later < env.Length; later++)
            if (env[later].StartsWith(name, StringComparison.Ordinal))
                return true;
        return false;
    }
}
