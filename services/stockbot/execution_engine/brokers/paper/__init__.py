"""The paper broker: fills orders from live quotes, keeps its account in SQL, and moves no money."""
