using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>Another implementation of D-Bus and of GVariant text: GLib's, which its Python binding reaches.</summary>
internal static class GLib
{
    private const string Python = "/usr/bin/python3", Import = "from gi.repository import GLib, Gio";

    /// <summary>What a program that is given <c>texts</c> prints, cut at \x1e.</summary>
    public static string[] Run(string program, IEnumerable<string> texts)
    {
        if (!File.Exists(Python) || Child.Start([Python, "-c", Import]).Wait() != 0)
            Assert.Ignore("GLib for Python (python3-gi) is not installed");
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["texts"], string.Join('\x1e', texts));
        program = $"import sys\n{Import}\ntexts = open(sys.argv[1], encoding='utf-8', newline='').read().split('\\x1e')\n{program}";
        int exit = Child.Start([Python, "-c", program, directory["texts"]], directory["output"], directory["errors"])
            .Wait(TimeSpan.FromSeconds(30));
        Assert.That(exit, Is.Zero, File.ReadAllText(directory["errors"]));
        return File.ReadAllText(directory["output"]).TrimEnd('\x1e').Split('\x1e');
    }
}
