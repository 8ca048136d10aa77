using System;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>
/// Whole runs of configs that are almost right: they succeed or say one thing that is wrong, and leave nothing. As many as half a minute
/// holds.
/// </summary>
internal sealed class MutantRunTests
{
    private const int Most = 300, AtLeast = 20;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(30);

    [Test]
    public void A_run_of_a_mutant_succeeds_or_says_what_is_wrong_and_leaves_nothing()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        BundleMutants mutants = new(bundle, BundleMutants.More);
        bundle.Write(mutants.Full.ToJsonString());
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0);

        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        int succeeded = 0, refused = 0;
        Dice.Roll(Most, dice =>
        {
            if (clock.Elapsed > Budget || mutants.Next(dice) is not { } mutant)
                return;
            bundle.Write(mutant);
            string id = Runtime.NewId();
            Result result = runtime.Run("run", "--bundle", bundle.Path, id);
            if (result.ExitCode == 0)
                succeeded++;
            else
                refused++;
            Assert.That(result.ExitCode == 0 || result.Errors.Length > 0 || result.ExitCode > 128, Is.True,
                $"exit {result.ExitCode} without a word: {mutant}");
            Assert.That(result.Errors, Has.Length.LessThan(6000), mutant);
            Assert.That(result.Errors, Does.Not.Contain("Exception").And.Not.Contain("   at "), mutant);
            Assert.That(Leftovers.Of(runtime), Is.Empty, mutant);
            Assert.That(Support.Cgroups.Of(id), Is.Empty, mutant);
        });
        TestContext.Out.WriteLine($"{succeeded} succeeded, {refused} were refused in {clock.ElapsedMilliseconds} ms");
        Assert.That(succeeded, Is.Positive);
        Assert.That(succeeded + refused, Is.GreaterThan(AtLeast));
    }
}
