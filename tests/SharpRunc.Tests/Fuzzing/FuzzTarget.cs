using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Fuzzing;

/// <summary>A reader of what somebody else has written. Whatever the bytes: an answer, or an error that it declares.</summary>
/// <param name="Read">Reads, and asserts that nothing was passed over in silence.</param>
/// <param name="Declared">Exceptions that are an answer.</param>
internal sealed record FuzzTarget(string Name, Action<byte[]> Read, params Type[] Declared)
{
    /// <summary>JSON is edited member by member, too.</summary>
    public bool IsJson { get; init; }

    /// <summary>Files below Data beside its own folder in Data/fuzz.</summary>
    public string[] Samples { get; init; } = [];

    /// <summary>A file of Data/fuzz/NAME each; of one that ends in .hex, each line.</summary>
    public List<byte[]> Corpus()
    {
        string data = Path.Combine(TestContext.CurrentContext.TestDirectory, "Data"), own = Path.Combine(data, "fuzz", Name);
        List<byte[]> corpus = [.. Array.ConvertAll(Samples, sample => File.ReadAllBytes(Path.Combine(data, sample)))];
        string[] files = Directory.Exists(own) ? Directory.GetFiles(own) : [];
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
            if (file.EndsWith(".hex", StringComparison.Ordinal))
                corpus.AddRange(Array.ConvertAll(File.ReadAllLines(file), Convert.FromHexString));
            else
                corpus.Add(File.ReadAllBytes(file));
        Assert.That(corpus, Is.Not.Empty, $"Data/fuzz/{Name}");
        return corpus;
    }

    public Func<Dice, byte[]> Mutants(List<byte[]> corpus)
    {
        ByteMutator bytes = new(corpus);
        if (!IsJson)
            return bytes.Mutant;
        Mutator members = new();
        foreach (byte[] json in corpus)
            members.Add(json);
        return dice => dice.Once(5) ? bytes.Mutant(dice) : members.Mutant(dice);
    }

    public bool Declares(Exception e) => Array.Exists(Declared, type => type.IsInstanceOfType(e));

    public override string ToString() => Name;
}
