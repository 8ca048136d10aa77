using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;

namespace SharpRunc.Benchmarks;

/// <summary>What would make the figures those of something else.</summary>
internal static class Surroundings
{
    /// <summary>Read by .NET, by glibc, and by runtimes; the SDK and its images set a few of the first.</summary>
    private static readonly string[] Prefixes =
    [
        "DOTNET_", "COMPlus_", "GLIBC_TUNABLES", "LD_", "MALLOC_", "NOTIFY_SOCKET", "LISTEN_", "GODEBUG", "GOGC", "GOMAXPROCS",
    ];

    /// <summary>Takes such variables from the environment that runtimes get, and says what else distorts.</summary>
    public static void Clean(Host host)
    {
        List<string> cleaned = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (!Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                continue;
            Environment.SetEnvironmentVariable(name, null);
            cleaned.Add(name);
        }
        if (cleaned.Count > 0)
            Console.WriteLine($"measured without what is set in the environment: {string.Join(", ", cleaned)}");
        string format = new DriveInfo(host.Work).DriveFormat;
        if (format != "tmpfs")
            Console.WriteLine($"WARNING: state directories lie on {format}, and not on a tmpfs as /run is");
        if (Environment.ProcessorCount < 2)
            Console.WriteLine("WARNING: one CPU: a runtime and its container cannot work at the same time");
    }
}
