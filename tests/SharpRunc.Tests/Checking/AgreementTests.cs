using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Checking;

/// <summary>
/// If check finds no error, create of the same bundle succeeds; if create fails, check has said so. Configs that are almost right, as many
/// as half a minute holds; `make soak` takes more.
/// </summary>
internal sealed class AgreementTests
{
    private static readonly bool Soak = Environment.GetEnvironmentVariable("SOAK") is not null;

    private static readonly int Most = Soak ? 5000 : 400, AtLeast = 20;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(Soak ? 600 : 30);

    /// <summary>What create says of bundles in which check finds no error, and why check cannot know.</summary>
    private static readonly (string Said, string Reason)[] Exceptions =
    [
    ];

    [Test]
    public void What_create_refuses_check_has_found_and_what_it_takes_has_no_error()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        BundleMutants mutants = new(bundle);
        mutants.Add((JsonObject)JsonNode.Parse(mutants.Full.ToJsonString())!);
        Stopwatch clock = Stopwatch.StartNew();
        List<string> differences = [];
        int taken = 0, refused = 0;
        Dice.Roll(Most, dice =>
        {
            if (clock.Elapsed > Budget || mutants.Next(dice) is not { } mutant)
                return;
            bundle.Write(mutant);
            string[] errors = Errors(runtime, bundle);
            string id = Runtime.NewId();
            Result create = runtime.Run("create", "--bundle", bundle.Path, id);
            if (create.ExitCode == 0)
                runtime.Run("delete", "--force", id).Expect(0);
            bool isKnown = Exceptions.Any(one => create.Errors.Contains(one.Said, StringComparison.Ordinal));
            if (create.ExitCode == 0)
                taken++;
            else
                refused++;
            if (create.ExitCode == 0 != (errors.Length == 0) && !isKnown)
                differences.Add($"create: {create.ExitCode} {create.Errors.Trim()}\n  check: {string.Join("\n         ", errors)}\n  {mutant}");
        });
        TestContext.Out.WriteLine($"{taken} taken, {refused} refused in {clock.ElapsedMilliseconds} ms");
        System.IO.File.WriteAllText("/tmp/check-differences", string.Join("\n", differences));
        Assert.That(differences, Is.Empty);
        Assert.That(taken, Is.Positive);
        Assert.That(taken + refused, Is.GreaterThan(AtLeast));
    }

    private static string[] Errors(Runtime runtime, Bundle bundle)
    {
        Result result = runtime.Run("check", "--json", bundle.Path);
        Assert.That(result.ExitCode, Is.LessThan(2), result.Errors);
        return [.. JsonNode.Parse(result.Output)!["problems"]!.AsArray()
            .Where(problem => (string)problem!["severity"]! == "error")
            .Select(problem => $"{problem!["pointer"]}: {problem["message"]}")];
    }
}
