using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>
/// The parts of Core, and which of the others each one knows: in compiled code, and in source for constants, which the compiler folds.
/// </summary>
internal sealed partial class PartTests
{
    private const string Core = "SharpRunc.Core.";

    /// <summary>All arrows that there are. Every part may use Core's root and, but for Spec, SharpRunc.Linux.</summary>
    private static readonly SortedDictionary<string, string[]> Known = new()
    {
        ["Cgroups"] = ["Spec"],
        ["Checking"] = ["Cgroups", "Explaining", "Init", "Lifecycle", "Network", "Plan", "Rdt", "Rootfs", "Seccomp", "Security", "Spec",
            "Validation"],
        ["Criu"] = ["Init", "LastMile", "Messages", "Plan", "Rootfs", "Spec", "State"],
        ["Diagnosing"] = ["Cgroups", "Criu", "Hooks", "Init", "Lifecycle", "Security", "Spec", "State"],
        ["Explaining"] = ["Seccomp", "Spec"],
        ["Hooks"] = ["LastMile", "Plan", "Spec", "State"],
        ["Init"] = ["Hooks", "LastMile", "Messages", "Plan", "Rootfs", "Seccomp", "Security", "Spec"],
        ["LastMile"] = ["Messages"],
        ["Lifecycle"] = ["Cgroups", "Criu", "Hooks", "Init", "Messages", "Network", "Plan", "Rdt", "Rootfs", "Seccomp", "Security",
            "Sockets", "Spec", "State", "Terminals", "Validation"],
        ["Messages"] = [],
        ["Network"] = ["Spec"],
        ["Plan"] = ["Seccomp", "Spec"],
        ["Rdt"] = ["Spec"],
        ["Rootfs"] = ["Messages", "Plan", "Spec"],
        ["Seccomp"] = ["Spec"],
        ["Security"] = ["Plan", "Spec"],
        ["Sockets"] = ["Plan", "Spec", "State"],
        ["Spec"] = [],
        ["State"] = ["Cgroups", "Seccomp", "Spec"],
        ["Terminals"] = ["Rootfs", "Spec", "State"],
        ["Tracing"] = ["Spec", "State"],
        ["Validation"] = ["Seccomp", "Spec"],
    };

    [Test]
    public void Each_part_knows_those_that_the_list_names_and_no_others()
        => Assert.That(string.Join("\n", Lines(Arrows())),
            Is.EqualTo(string.Join("\n",
                Lines(Known.Select(part => KeyValuePair.Create(part.Key, new SortedSet<string>(part.Value, StringComparer.Ordinal)))))));

    [Test]
    public void No_parts_know_each_other_in_a_circle()
        => Assert.That(Known.Keys.Where(part => Reached(part).Contains(part)), Is.Empty);

    /// <summary>The root holds what all of them use.</summary>
    [Test]
    public void The_root_knows_no_part_but_Spec()
    {
        SortedSet<string> known = [];
        foreach (Type type in typeof(ContainerException).Assembly.GetTypes())
            if (type.Namespace + "." == Core)
                foreach (Type named in Il.Named(type))
                    if (Part(named.Namespace) is { } part)
                        known.Add(part);
        Assert.That(known, Is.SubsetOf(new[] { "Spec" }));
    }

    [Test]
    public void The_document_has_the_same_list()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "src/ARCHITECTURE.md"));
        foreach (IGrouping<string, string> parts in Known.Keys.GroupBy(part => string.Join(", ", Known[part])))
            Assert.That(document, Does.Contain($"\n| {string.Join(", ", parts)} | {(parts.Key.Length == 0 ? "nothing" : parts.Key)} |\n"));
    }

    private static SortedSet<string> Reached(string part)
    {
        SortedSet<string> reached = [];
        Stack<string> todo = new(Known[part]);
        while (todo.TryPop(out string? next))
            if (reached.Add(next))
                foreach (string other in Known[next])
                    todo.Push(other);
        return reached;
    }

    private static SortedDictionary<string, SortedSet<string>> Arrows()
    {
        SortedDictionary<string, SortedSet<string>> arrows = [];
        foreach (string part in Known.Keys)
            arrows[part] = new(StringComparer.Ordinal);
        foreach (Type type in typeof(ContainerException).Assembly.GetTypes())
            if (Part(type.Namespace) is { } part)
                foreach (Type named in Il.Named(type))
                    if (named.Assembly == type.Assembly && Part(named.Namespace) is { } other && other != part)
                        arrows[part].Add(other);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/SharpRunc.Core"), "*.cs",
            SearchOption.AllDirectories))
        {
            string source = File.ReadAllText(file);
            if (Part(Space().Match(source).Groups[1].Value) is { } part)
                foreach (Match used in Used().Matches(source))
                    if (used.Groups[1].Value != part)
                        arrows[part].Add(used.Groups[1].Value);
        }
        return arrows;
    }

    private static IEnumerable<string> Lines(IEnumerable<KeyValuePair<string, SortedSet<string>>> arrows)
        => arrows.Select(part => $"{part.Key} knows {string.Join(", ", part.Value)}");

    private static string? Part(string? space)
        => space is null || !space.StartsWith(Core, StringComparison.Ordinal) ? null : space[Core.Length..].Split('.')[0];

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Space();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?SharpRunc\.Core\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Used();
}
