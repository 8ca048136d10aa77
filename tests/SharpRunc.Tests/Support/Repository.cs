using System;
using System.IO;

namespace SharpRunc.Tests.Support;

/// <summary>Where things lie.</summary>
internal static class Repository
{
    /// <summary>The directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Test data, as copied beside the test assembly.</summary>
    public static string Data(params string[] path) => Path.Combine([AppContext.BaseDirectory, "Data", .. path]);

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "SharpRunc.sln")))
                return at.FullName;
        throw new InvalidOperationException("SharpRunc.sln is not above the test assembly");
    }
}
