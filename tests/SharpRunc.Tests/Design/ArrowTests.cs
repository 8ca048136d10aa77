using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

// SharpRunc → Core → Linux → Tmds.LibC and the framework, and nothing else.
internal sealed class ArrowTests
{
    [TestCase("SharpRunc.Linux")]
    [TestCase("SharpRunc.Core", "SharpRunc.Linux")]
    [TestCase("SharpRunc", "SharpRunc.Core")]
    public void A_project_refers_only_to_the_one_below(string project, params string[] allowed)
        => Assert.That(References(project, "ProjectReference", @"([^/\\""]+)\.csproj"), Is.EquivalentTo(allowed));

    [TestCase("SharpRunc.Linux", "Tmds.LibC")]
    [TestCase("SharpRunc.Core", "Microsoft.Extensions.Logging.Abstractions")]
    [TestCase("SharpRunc", "Microsoft.Extensions.Logging")]
    public void The_shipped_binary_depends_on_bindings_and_logging_only(string project, params string[] allowed)
        => Assert.That(References(project, "PackageReference", @"Include=""([^""]+)"""), Is.SubsetOf(allowed));

    [Test]
    public void Spec_knows_nothing_of_the_kernel_but_the_numbers_of_its_mount_options()
    {
        List<string> found = [];
        foreach (string file in Sources(Path.Combine("SharpRunc.Core", "Spec")))
            foreach (string line in File.ReadLines(file))
                if (Regex.IsMatch(line, @"\bSharpRunc\.Linux\b"))
                    found.Add(Path.GetFileName(file) + ": " + line);
        const string numbers = "using static SharpRunc.Linux.LibC.Libc;";
        Assert.That(found, Is.EquivalentTo(new[] { "MountOptionTable.cs: " + numbers, "MountOptions.cs: " + numbers }));
    }

    [Test]
    public void Native_functions_are_declared_in_LibC_only()
    {
        List<string> found = [];
        foreach (string file in Sources(""))
            if (!file.Contains("/SharpRunc.Linux/LibC/", StringComparison.Ordinal) && File.ReadAllText(file) is var text
                && (text.Contains("[DllImport", StringComparison.Ordinal) || text.Contains("[LibraryImport", StringComparison.Ordinal)))
                found.Add(file);
        Assert.That(found, Is.Empty);
    }

    /// <summary>
    /// JSON, D-Bus and our own documents are UTF-8 by their specifications; all else is bytes, and goes through KernelText.
    /// </summary>
    [Test]
    public void What_the_kernel_and_the_caller_name_is_decoded_in_one_place()
    {
        List<string> found = [];
        foreach (string file in Sources(""))
            if (!Regex.IsMatch(file, "/(Spec|Explaining|DBus)/|/(KernelText|Sys|SeccompCommand)\\.cs$")
                && Regex.IsMatch(File.ReadAllText(file),
                    @"\bEncoding\.(Latin1|Default)\.GetString|\bEncoding\.UTF8\.|PtrToStringUTF8|PtrToStringAnsi"))
                found.Add(file);
        Assert.That(found, Is.Empty);
    }

    private static List<string> References(string project, string element, string name)
    {
        List<string> found = [];
        string text = File.ReadAllText(Path.Combine(Repository.Root, "src", project, project + ".csproj"));
        foreach (Match reference in Regex.Matches(text, $"<{element}[^>]*>"))
            if (!reference.Value.Contains("PrivateAssets=\"all\"", StringComparison.Ordinal))
                found.Add(Regex.Match(reference.Value, name).Groups[1].Value);
        return found;
    }

    private static IEnumerable<string> Sources(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", folder), "*.cs", SearchOption.AllDirectories))
            if (!file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
                yield return file;
    }
}
