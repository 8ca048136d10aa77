using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>A program of the host that a test runs, and that a small machine lacks. Asked for before anything is made.</summary>
internal static class Tool
{
    public static void Require(string name)
    {
        if (!IsThere(name))
            Assert.Ignore($"{name} is not installed");
    }

    public static bool IsThere(string name) => File.Exists($"/usr/bin/{name}") || File.Exists($"/usr/sbin/{name}");
}
