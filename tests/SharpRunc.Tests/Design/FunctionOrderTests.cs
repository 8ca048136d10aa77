using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>
/// src/SharpRunc/functions.order, by which ILC lays functions together: names that are no more cost nothing and help nothing, so what is
/// seen is whether it still is of this program.
/// </summary>
internal sealed partial class FunctionOrderTests
{
    private const double TakenForStale = 0.1;

    private static readonly Assembly[] Ours = [typeof(GlobalOptions).Assembly, typeof(ContainerException).Assembly, typeof(Sys).Assembly];

    private static string[] Listed => File.ReadAllLines(Path.Combine(Repository.Root, "src", "SharpRunc", "functions.order"));

    [Test]
    public void Nearly_every_function_of_ours_in_the_order_exists()
    {
        HashSet<string> existing = [];
        foreach (Assembly assembly in Ours)
            foreach (Type type in assembly.GetTypes())
                foreach (MethodBase method in Il.Methods(type))
                    existing.Add(Mangled(assembly.GetName().Name!) + "_" + Mangled(type.FullName!) + "__" + Mangled(method.Name));
        List<string> stale = [];
        int ours = 0;
        foreach (string name in Listed)
        {
            if (!IsOurs(name) || name.Contains("___c_", StringComparison.Ordinal)) // the compiler numbers lambdas anew
                continue;
            ours++;
            string method = Arguments().Replace(name, "");
            if (!existing.Contains(method) && !existing.Contains(Overload().Replace(method, "")))
                stale.Add(name);
        }
        Assert.That(ours, Is.GreaterThan(300));
        Assert.That(stale, Has.Count.LessThan(ours * TakenForStale), "run make order: these are no more: " + string.Join(", ", stale));
    }

    [Test]
    public void Each_is_listed_once_and_the_start_comes_first()
    {
        Assert.That(Listed, Is.Unique);
        Assert.That(Listed[0], Does.Contain("Entry"));
    }

    private static bool IsOurs(string name)
    {
        foreach (Assembly assembly in Ours)
            if (name.StartsWith($"{Mangled(assembly.GetName().Name!)}_SharpRunc", StringComparison.Ordinal))
                return true;
        return false;
    }

    /// <summary>As ILC writes what is no letter.</summary>
    private static string Mangled(string name)
    {
        StringBuilder mangled = new(name);
        for (int i = 0; i < name.Length; i++)
            if (!char.IsAsciiLetterOrDigit(name[i]))
                mangled[i] = '_';
        return mangled.ToString();
    }

    /// <summary>Of a generic type or method.</summary>
    [GeneratedRegex("<(?:[^<>]|(?<open><)|(?<-open>>))*(?(open)(?!))>")]
    private static partial Regex Arguments();

    [GeneratedRegex("_[0-9]+$")]
    private static partial Regex Overload();
}
